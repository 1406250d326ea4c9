#include "tools/presentiactl/subscribers.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

#include "tools/presentiactl/output.h"
#include "tools/presentiactl/subscribers_output.h"

namespace presentia::ctl {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

std::optional<management::DataReference> reference_of(const std::string& word) {
  const auto* const numbers = management::DataReference_descriptor();
  for (int i = 0; i < numbers->value_count(); ++i) {
    const auto reference = static_cast<management::DataReference>(numbers->value(i)->number());
    if (word_of(reference) == word) return reference;
  }
  return std::nullopt;
}

// nullopt: it cannot be read, which has been said.
std::optional<std::string> content_of(const std::string& file) {
  if (file.empty() || file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.is_open() && !in.bad()) return text;
  std::cerr << "presentiactl: cannot read " << file << "\n";
  return std::nullopt;
}

}  // namespace

int sh_peers(Client& client, const Options& options) {
  management::ListShPeersResponse response;
  if (const auto failure = client.call(management::ListShPeersRequest(), response))
    return report(*failure, options.json);
  std::cout << (options.json ? json(response) : peers_text(response));
  return kDone;
}

int sh_read(Client& client, const Options& options) {
  management::ReadSubscriberRequest request;
  management::ReadSubscriberResponse response;
  request.set_identity(options.presentity);
  for (const std::string& list : options.references) {
    for (const std::string& word : split(list)) {
      if (const auto reference = reference_of(word)) request.add_references(*reference);
    }
  }
  if (!options.service.empty()) request.add_service_indications(options.service);
  request.set_server_name(options.server_name);
  for (const std::string& tag : options.tags) request.add_dsai_tags(tag);
  if (options.domain == "cs") request.set_domain(management::ReadSubscriberRequest::CS);
  if (options.domain == "ps") request.set_domain(management::ReadSubscriberRequest::PS);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : subscriber_text(response));
  return kDone;
}

int get_profile(Client& client, const Options& options) {
  management::GetProfileRequest request;
  management::Profile response;
  request.set_identity(options.presentity);
  request.set_service_indication(options.service);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
    return kDone;
  }
  std::cout << response.service_data() << "\n";
  std::cerr << response.service_indication() << ", number " << response.sequence_number() << "\n";
  return kDone;
}

int set_profile(Client& client, const Options& options) {
  const auto data = content_of(options.file);
  if (!data) return kUsage;
  management::SetProfileRequest request;
  management::SetProfileResponse response;
  request.set_identity(options.presentity);
  request.set_service_indication(options.service);
  request.set_service_data(*data);
  if (options.expected_number >= 0) request.set_expected_sequence(static_cast<std::uint32_t>(options.expected_number));
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : "stored, number " + std::to_string(response.sequence_number()) + "\n");
  return kDone;
}

int delete_profile(Client& client, const Options& options) {
  management::DeleteProfileRequest request;
  management::DeleteProfileResponse response;
  request.set_identity(options.presentity);
  request.set_service_indication(options.service);
  if (options.expected_number >= 0) request.set_expected_sequence(static_cast<std::uint32_t>(options.expected_number));
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : "deleted\n");
  return kDone;
}

std::vector<std::string> data_references() {
  std::vector<std::string> words;
  const auto* const numbers = management::DataReference_descriptor();
  for (int i = 0; i < numbers->value_count(); ++i)
    words.push_back(word_of(static_cast<management::DataReference>(numbers->value(i)->number())));
  return words;
}

std::string wrong_reference(const std::string& list) {
  const std::vector<std::string> words = split(list);
  const auto wrong = std::ranges::find_if(words, [](const std::string& word) { return !reference_of(word); });
  if (!words.empty() && wrong == words.end()) return {};
  std::string text = "\"" + (wrong == words.end() ? list : *wrong) + "\" is none of:";
  for (const std::string& word : data_references()) text += " " + word;
  return text;
}

std::optional<std::vector<std::string>> subscriber_words(const std::string& command,
                                                         const std::vector<std::string>& before,
                                                         const std::string& current) {
  static const std::map<std::string, std::vector<std::string>> commands{{"sh", {"peers", "read"}},
                                                                        {"profile", {"get", "set", "delete"}}};
  static const std::map<std::string, std::vector<std::string>> options{
      {"peers", {}},
      {"read", {"--reference", "--service-indication", "--server-uri", "--dsai-tag", "--domain"}},
      {"get", {"--service-indication"}},
      {"set", {"--service-indication", "--file", "--expect-number"}},
      {"delete", {"--service-indication", "--expect-number"}}};
  const auto found = commands.find(command);
  if (found == commands.end()) return std::nullopt;
  if (before.empty()) return found->second;
  if (before.back() == "--domain") return std::vector<std::string>{"cs", "ps"};
  if (before.back() == "--reference") {
    const std::size_t comma = current.rfind(',');
    const std::string kept = comma == std::string::npos ? "" : current.substr(0, comma + 1);
    std::vector<std::string> words = data_references();
    for (std::string& word : words) word.insert(0, kept);
    return words;
  }
  const auto its = options.find(before.front());
  return its == options.end() ? std::vector<std::string>() : its->second;
}

}  // namespace presentia::ctl
