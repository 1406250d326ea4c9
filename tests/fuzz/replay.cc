// Runs a fuzz target over its corpus without libFuzzer: each file of the folders given, whole and cut short, and each
// line of a file *.lines. A broken property or a sanitizer's finding ends the program; the last name printed did it.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "tests/fuzz/property.h"

namespace {

void run(const std::string& input) {
  // a copy of exactly this size, so that reading behind its end is seen
  const std::string exact(input.data(), input.size());
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(exact.data()), exact.size());
}

void run_cut_short(const std::string& input) {
  run(input);
  constexpr std::size_t kCuts = 16;
  for (std::size_t cut = 0; cut < kCuts; ++cut) run(input.substr(0, input.size() * cut / kCuts));
}

std::size_t run_file(const std::filesystem::path& path) {
  std::cout << path.string() << std::endl;
  std::ifstream file(path, std::ios::binary);
  if (path.extension() != ".lines") {
    run_cut_short({std::istreambuf_iterator<char>(file), {}});
    return 1;
  }
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) run_cut_short(line);
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) inputs += run_file(entry.path());
    }
  }
  std::cout << inputs << " inputs, each with its beginnings\n";
  return inputs == 0 ? 1 : 0;
}
