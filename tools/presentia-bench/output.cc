#include "tools/presentia-bench/output.h"

#include <iomanip>
#include <ostream>
#include <utility>

namespace presentia::bench {
namespace {

double per_operation(std::chrono::microseconds time, const Tally& tally) {
  return tally.completed == 0 ? 0 : static_cast<double>(time.count()) / static_cast<double>(tally.completed);
}

double seconds(const Tally& tally) { return std::chrono::duration<double>(tally.elapsed).count(); }

double throughput(const Tally& tally) {
  return seconds(tally) > 0 ? static_cast<double>(tally.completed) / seconds(tally) : 0;
}

// Our reasons are method names, numbers and what a server wrote into a header.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + "\"";
}

}  // namespace

void write_text(std::ostream& out, const Options& options, Report& report) {
  Tally& tally = report.tally;
  out << std::fixed << std::setprecision(1) << options.operation << ": " << tally.completed << " operations in "
      << seconds(tally) << " s (" << throughput(tally) << "/s), " << report.errors << " errors\n";
  if (options.server_pid != 0) {
    out << "  server CPU " << per_operation(report.server_cpu, tally) << " us per operation (generator "
        << per_operation(report.own_cpu, tally) << "), memory " << report.memory / 1024 << " KB\n";
  }
  out << std::setprecision(2) << "  latency ms: p50 " << tally.percentile_ms(0.5) << ", p90 "
      << tally.percentile_ms(0.9) << ", p99 " << tally.percentile_ms(0.99) << ", longest " << tally.percentile_ms(1)
      << '\n';
  out << "  NOTIFYs " << tally.notifies << ", without a document " << tally.notifies_without_document << ", repeated "
      << tally.repeated_notifies << "; our retransmissions " << tally.retransmissions << '\n';
  if (options.open_loop) out << "  refused with 503 " << tally.shed << ", not started " << tally.not_started << '\n';
  if (report.bytes_each)
    out << "  bytes each " << *report.bytes_each << ", with transaction " << *report.bytes_each_fresh << '\n';
  for (const Sample& sample : report.samples) {
    out << "  at " << sample.at_s << " s: memory " << sample.memory / 1024 << " KB\n";
  }
  for (const auto& [reason, count] : report.trouble) out << "  unexpected: " << reason << " (" << count << ")\n";
}

void write_json(std::ostream& out, const Options& options, Report& report) {
  Tally& tally = report.tally;
  out << std::fixed << std::setprecision(3) << "{\"operation\":" << quoted(options.operation)
      << ",\"watchers\":" << options.watchers << ",\"in_flight\":" << options.in_flight
      << ",\"completed\":" << tally.completed << ",\"shed\":" << tally.shed << ",\"not_started\":" << tally.not_started
      << ",\"errors\":" << report.errors << ",\"unexpected\":{";
  const char* separator = "";
  for (const auto& [reason, count] : report.trouble) {
    out << std::exchange(separator, ",") << quoted(reason) << ':' << count;
  }
  out << "},\"cpu_us\":" << per_operation(report.server_cpu, tally)
      << ",\"generator_cpu_us\":" << per_operation(report.own_cpu, tally) << ",\"elapsed_s\":" << seconds(tally)
      << ",\"throughput\":" << throughput(tally) << R"(,"latency_ms":{"p50":)" << tally.percentile_ms(0.5)
      << ",\"p90\":" << tally.percentile_ms(0.9) << ",\"p99\":" << tally.percentile_ms(0.99)
      << ",\"max\":" << tally.percentile_ms(1) << "},\"notifies\":" << tally.notifies
      << ",\"notifies_without_document\":" << tally.notifies_without_document
      << ",\"repeated_notifies\":" << tally.repeated_notifies << ",\"retransmissions\":" << tally.retransmissions
      << ",\"memory_bytes\":" << report.memory;
  if (report.bytes_each) {
    out << ",\"bytes_each\":" << *report.bytes_each << ",\"bytes_each_fresh\":" << *report.bytes_each_fresh;
  }
  out << ",\"samples\":[";
  separator = "";
  for (const Sample& sample : report.samples) {
    out << std::exchange(separator, ",") << "{\"at_s\":" << sample.at_s << ",\"memory_bytes\":" << sample.memory
        << ",\"cpu_s\":" << std::chrono::duration<double>(sample.cpu).count() << '}';
  }
  out << "]}\n";
}

}  // namespace presentia::bench
