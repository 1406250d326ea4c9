#include "tools/presentia-conformance/catalogue.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace presentia::conformance {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
  return cells;
}

}  // namespace

Catalogue read_catalogue(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file + ": cannot be read");
  Catalogue catalogue;
  std::string line;
  std::getline(in, line);  // the titles
  for (int number = 2; std::getline(in, line); ++number) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() < 8 || cells[7].find_first_not_of("123") != std::string::npos) {
      throw std::runtime_error(file + ":" + std::to_string(number) + ": no row of id, doc, clause, level, …, tier");
    }
    catalogue[cells[0]] = Row{cells[0], cells[1], cells[2], cells[3], cells[4], cells[7][0] - '0'};
  }
  return catalogue;
}

}  // namespace presentia::conformance
