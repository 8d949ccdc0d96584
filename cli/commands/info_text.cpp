#include "info_text.hpp"

#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"

#include <tug/bytes.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace tug::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t label_width = 11;

/// Lines of a label, right-aligned, and what it stands for.
class labelled_lines {
public:
    void add(std::string_view label, const std::string& text) {
        text_.append(label_width - std::min(label.size(), label_width), ' ').append(label).append(": ");
        text_.append(printable(text)).append("\n");
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string of_limit(const usage_of_limit& u) {
    return std::to_string(u.used) + " of " + std::to_string(u.allowed);
}

std::string directory_text(const directory_state& d) {
    if (!d.error.empty()) return "cannot be used (" + d.error + ")";
    auto out = size_text(d.available_bytes) + " of " + size_text(d.total_bytes) + " free";
    if (d.files_total > 0) out += ", " + std::to_string(d.files_free) + " inodes free";
    return d.writable ? out : out + ", not writable";
}

std::string containment_text(const server_info& info) {
    if (!info.cgroups) return "without cgroups";
    return info.containment == "cgroup" ? "each in a cgroup" : "each in a cgroup that it could leave";
}

json::object usage_json(const usage_of_limit& u) {
    return {{"used", u.used}, {"allowed", u.allowed}};
}

json::object directory_json(const directory_state& d) {
    if (!d.error.empty()) return {{"error", d.error}};
    return {{"writable", d.writable},
            {"total_bytes", d.total_bytes},
            {"available_bytes", d.available_bytes},
            {"files_total", d.files_total},
            {"files_free", d.files_free}};
}

json::object totals_json(const server_totals& t) {
    return {{"calls", t.calls},
            {"failed_calls", t.failed_calls},
            {"received_bytes", t.received_bytes},
            {"sent_bytes", t.sent_bytes},
            {"commands", t.commands},
            {"connections", t.connections},
            {"refused_connections", t.refused_connections},
            {"failed_logins", t.failed_logins},
            {"cpu_us", t.cpu.count()}};
}

json::object limits_json(const server_info& info) {
    json::object out;
    for (const auto& [name, value] : info.limits) out[name] = value;
    return out;
}

} // namespace

std::string duration_text(std::chrono::milliseconds time) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
        {{86'400, " d"}, {3'600, " h"}, {60, " min"}, {1, " s"}}};
    auto seconds = time.count() / 1'000;
    std::string out;
    int shown = 0;
    for (const auto& [size, name] : units) {
        const auto n = seconds / size;
        seconds %= size;
        if ((n == 0 && shown == 0 && size > 1) || shown == 2) continue;
        if (n == 0 && shown > 0) break;
        out.append(out.empty() ? "" : " ").append(std::to_string(n)).append(name);
        ++shown;
    }
    return out;
}

std::string load_text(const load_averages& load) {
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%.2f %.2f %.2f", load.minutes_1, load.minutes_5, load.minutes_15);
    return text.data();
}

std::string certificate_text(std::chrono::system_clock::duration left) {
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(left);
    return whole.count() <= 0 ? "has ended" : "ends in " + duration_text(whole);
}

std::string info_text(const server_info& info, bool all) {
    labelled_lines out;
    out.add("Host", info.hostname);
    out.add("Server", info.server + ", up " + duration_text(info.uptime) + (info.draining ? ", ending" : ""));
    out.add("System", info.os + ", " + info.kernel + ", " + info.arch);
    out.add("Load", load_text(info.load) + ", " + std::to_string(info.cores) + " cores");
    out.add("Memory", size_text(info.memory_available_bytes) + " of " + size_text(info.memory_total_bytes) + " free");
    out.add("Root", directory_text(info.root) + "; looked up by " + info.lookup);
    out.add("Commands", of_limit(info.commands) + " run, as " + info.user + ", " + containment_text(info));
    if (info.jobs && info.kept_jobs)
        out.add("Jobs", of_limit(*info.jobs) + " run, " + of_limit(*info.kept_jobs) + " kept" +
                            (info.state ? "; " + directory_text(*info.state) : ""));
    out.add("Recording", info.recording);
    if (info.certificate_ends) out.add("Certificate", certificate_text(*info.certificate_ends - info.time));
    for (const auto& rule : info.rules) out.add("Rule", rule + " of this key");
    out.add("Connections", of_limit(info.connections));
    out.add("Descriptors", of_limit(info.descriptors));
    if (all)
        for (const auto& [name, value] : info.limits) out.add("Limit", name + " " + std::to_string(value));
    return out.take();
}

json::object to_json(const server_info& info) {
    const auto milliseconds_of = [](std::chrono::system_clock::time_point t) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
    };
    json::object out{{"server", info.server},
                     {"hostname", bytes_to_json(info.hostname)},
                     {"os", bytes_to_json(info.os)},
                     {"kernel", bytes_to_json(info.kernel)},
                     {"arch", info.arch},
                     {"user", bytes_to_json(info.user)},
                     {"cores", info.cores},
                     {"time_ms", milliseconds_of(info.time)},
                     {"uptime_ms", info.uptime.count()},
                     {"draining", info.draining}};
    out["load"] = json::array{info.load.minutes_1, info.load.minutes_5, info.load.minutes_15};
    out["memory"] = {{"total_bytes", info.memory_total_bytes}, {"available_bytes", info.memory_available_bytes}};
    out["root"] = directory_json(info.root);
    out["commands"] = usage_json(info.commands);
    out["connections"] = usage_json(info.connections);
    out["descriptors"] = usage_json(info.descriptors);
    out["window_bytes"] = usage_json(info.window_bytes);
    if (info.jobs) out["jobs"] = usage_json(*info.jobs);
    if (info.kept_jobs) out["kept_jobs"] = usage_json(*info.kept_jobs);
    if (info.state) out["state"] = directory_json(*info.state);
    out["containment"] = info.containment;
    out["cgroups"] = info.cgroups;
    out["lookup"] = info.lookup;
    out["recording"] = info.recording;
    if (info.certificate_ends) out["certificate_ends_ms"] = milliseconds_of(*info.certificate_ends);
    if (!info.rules.empty()) out["rules"] = json::array(info.rules.begin(), info.rules.end());
    out["limits"] = limits_json(info);
    out["totals"] = totals_json(info.totals);
    return out;
}

} // namespace tug::cli
