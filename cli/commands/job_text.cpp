#include "job_text.hpp"

#include "cli/local/report.hpp"

#include <tug/bytes.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace tug::cli {

namespace {

std::int64_t milliseconds(std::chrono::system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

std::string time_text(std::chrono::system_clock::time_point at) {
    const auto seconds = std::chrono::system_clock::to_time_t(at);
    std::tm parts{};
    std::array<char, 32> text{};
    ::localtime_r(&seconds, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

/// "running", "lost", "exit 3", "SIGKILL", or the reason that it was ended for.
std::string end_text(const job_info& job) {
    if (!job.result) return std::string(name_of(job.state));
    const auto& r = *job.result;
    if (r.reason != exec_reason::exited && r.reason != exec_reason::signaled) return std::string(name_of(r.reason));
    if (r.signal) return "SIG" + *r.signal;
    return "exit " + std::to_string(r.exit_code.value_or(-1));
}

std::string command_text(const job_info& job) {
    std::string out;
    for (const auto& word : job.argv) {
        if (!out.empty()) out += ' ';
        out += word.empty() || word.find_first_of(" '\"\\") != std::string::npos ? quoted_name(word) : printable(word);
    }
    return out;
}

boost::json::object output_json(const job_output& of) {
    boost::json::object out{{"bytes", of.bytes}, {"kept_from", of.kept_from}};
    if (!of.stalled.empty()) out["stalled"] = of.stalled;
    return out;
}

} // namespace

boost::json::object to_json(const exec_result& r) {
    boost::json::object out{{"reason", name_of(r.reason)}, {"wall_us", r.wall.count()}};
    if (r.exit_code) out["exit_code"] = *r.exit_code;
    if (r.signal) out["signal"] = *r.signal;
    if (r.survivors) out["survivors"] = *r.survivors;
    return out;
}

std::string list_line(const job_info& job) {
    auto out = printable(job.name);
    out.append(std::max<std::size_t>(24, out.size() + 1) - out.size(), ' ');
    auto end = end_text(job);
    end.append(std::max<std::size_t>(14, end.size() + 1) - end.size(), ' ');
    return out + end + time_text(job.started) + "  " + command_text(job);
}

std::string status_text(const job_info& job) {
    std::string out =
        "    Job: " + printable(job.name) + "\n  State: " + end_text(job) + "\nCommand: " + command_text(job);
    out += "\nStarted: " + time_text(job.started);
    if (job.ended) out += "\n  Ended: " + time_text(*job.ended);
    if (!job.why.empty()) out += "\n    Why: " + printable(job.why);
    if (job.state == job_state::running) out += "\n    PID: " + std::to_string(job.pid);
    const auto shown = [&](const char* name, const job_output& of) {
        out += std::string("\n") + name + ": " + std::to_string(of.bytes) + " bytes, kept from " +
               std::to_string(of.kept_from);
        if (!of.stalled.empty()) out += ", stalled: " + printable(of.stalled);
    };
    shown(" Stdout", job.out);
    if (job.err) shown(" Stderr", *job.err);
    return out + "\n";
}

boost::json::object to_json(const job_info& job) {
    boost::json::array argv;
    for (const auto& word : job.argv) argv.emplace_back(bytes_to_json(word));
    boost::json::object out{{"job", job.name}, {"state", name_of(job.state)}, {"pid", job.pid}, {"argv", argv}};
    out["started_ms"] = milliseconds(job.started);
    if (job.ended) out["ended_ms"] = milliseconds(*job.ended);
    if (job.result) out["result"] = to_json(*job.result);
    if (!job.why.empty()) out["why"] = job.why;
    out["stdout"] = output_json(job.out);
    if (job.err) out["stderr"] = output_json(*job.err);
    return out;
}

} // namespace tug::cli
