#include "mgmt/attributes/xml_save.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "as/xml/writer.h"
#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

using google::protobuf::Message;

constexpr mode_t kMode = 0600;  // of a new file

// What stands in the file of an object: its attributes that differ from the defaults, and whether anything does.
bool differs(const Message& message) {
  const auto& descriptor = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (is_keyed(field)) {
      if (reflection.FieldSize(message, &field) > 0) return true;
    } else if (is_object(field)) {
      if (differs(reflection.GetMessage(message, &field))) return true;
    } else if (get_field(message, field).value_or("") != describe(field, {}).by_default) {
      return true;
    }
  }
  return false;
}

void write_object(xml::Writer& writer, const Message& message, const std::string& name) {
  const auto& descriptor = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  writer.begin("", name);
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (is_object(field)) continue;
    const std::string value = get_field(message, field).value_or("");
    if (value != describe(field, {}).by_default) writer.attribute(field.name(), value);
  }
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!is_object(field)) continue;
    if (!is_keyed(field)) {
      const Message& inner = reflection.GetMessage(message, &field);
      if (differs(inner)) write_object(writer, inner, field.name());
      continue;
    }
    for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
      write_object(writer, reflection.GetRepeatedMessage(message, &field, j), field.name());
    }
  }
  writer.end();
}

base::Unexpected<base::Error> failed(const std::string& what, const std::string& file) {
  return base::Unexpected{base::Error{"file", what + " " + file + ": " + std::strerror(errno)}};
}

bool write_all(int descriptor, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

base::Result<base::Done> write_file(const std::string& file, const std::string& bytes, mode_t mode) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (descriptor < 0) return failed("cannot create", file);
  const bool written = write_all(descriptor, bytes) && ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0;
  const int why = errno;
  ::close(descriptor);
  if (written) return base::Done{};
  ::unlink(file.c_str());
  errno = why;
  return failed("cannot write", file);
}

// A rename is durable once the folder is.
void sync_folder(const std::string& file) {
  const std::filesystem::path parent = std::filesystem::path(file).parent_path();
  const int descriptor = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

std::string save_xml(const config::Config& config) {
  xml::Writer writer({}, xml::Layout::indented);
  write_object(writer, config, "presentia");
  return writer.finish();
}

base::Result<base::Done> save_xml_file(const config::Config& config, const std::string& file) {
  struct stat before {};
  const bool existed = ::stat(file.c_str(), &before) == 0;
  const std::string next = file + ".new";
  const std::string previous = file + ".previous";
  auto written = write_file(next, save_xml(config), existed ? before.st_mode & 0777 : kMode);
  if (!written) return written;
  if (existed) {  // a link, so that there is a file of the proper name at every moment
    ::unlink(previous.c_str());
    if (::link(file.c_str(), previous.c_str()) != 0) return failed("cannot keep the former file as", previous);
  }
  if (::rename(next.c_str(), file.c_str()) != 0) return failed("cannot replace", file);
  sync_folder(file);
  return base::Done{};
}

}  // namespace presentia::mgmt
