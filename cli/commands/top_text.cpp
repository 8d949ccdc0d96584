#include "top_text.hpp"

#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "info_text.hpp"
#include "job_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace tug::cli {

namespace {

/// What happened between two samples, by second; nothing without a first one, or after a restart of tugd.
class rates {
public:
    rates(const top_sample& now, const top_sample* before) : now_(now), before_(before) {
        if (before_ == nullptr || now_.info.uptime < before_->info.uptime) return;
        seconds_ = std::chrono::duration<double>(now_.at - before_->at).count();
    }

    /// Of one of the totals.
    [[nodiscard]] std::optional<double> of(std::uint64_t server_totals::* total) const {
        if (seconds_ <= 0) return std::nullopt;
        const auto then = before_->info.totals.*total;
        return static_cast<double>(now_.info.totals.*total - std::min(then, now_.info.totals.*total)) / seconds_;
    }

    /// Cores that tugd itself kept busy, in percent of one.
    [[nodiscard]] std::optional<double> cpu() const {
        if (seconds_ <= 0) return std::nullopt;
        const std::chrono::duration<double> used = now_.info.totals.cpu - before_->info.totals.cpu;
        return std::max(0.0, used.count() * 100 / seconds_);
    }

private:
    const top_sample& now_;
    const top_sample* before_;
    double seconds_ = 0;
};

std::string rate_text(const std::optional<double>& rate) {
    if (!rate) return {};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), *rate < 100 ? "%.1f/s" : "%.0f/s", *rate);
    return text.data();
}

std::string bytes_rate_text(const std::optional<double>& rate) {
    return rate ? size_text(static_cast<std::uint64_t>(std::llround(*rate))) + "/s" : std::string();
}

std::string percent_text(const std::optional<double>& percent) {
    if (!percent) return {};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.1f %%", *percent);
    return text.data();
}

/// "Commands            3        256      1.2/s", without blanks at its end.
std::string row(std::string_view name, std::string_view used, std::string_view allowed, std::string_view rate) {
    constexpr std::size_t name_width = 18;
    constexpr std::size_t width = 12;
    std::string out(name);
    out.append(name_width - std::min(name_width, out.size()), ' ');
    for (const auto& cell : {used, allowed, rate}) out.append(width - std::min(width, cell.size()), ' ').append(cell);
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

std::string row(std::string_view name, const usage_of_limit& u, std::string_view rate = {}) {
    return row(name, std::to_string(u.used), std::to_string(u.allowed), rate);
}

std::string room_text(const directory_state& d) {
    if (!d.error.empty()) return d.error;
    return size_text(d.available_bytes) + " of " + size_text(d.total_bytes) + " free";
}

} // namespace

std::vector<std::string> top_lines(const top_sample& now, const top_sample* before) {
    const auto& info = now.info;
    const rates r(now, before);
    std::vector<std::string> out;
    out.push_back(printable(info.hostname + ": " + info.server + ", up " + duration_text(info.uptime) +
                            (info.draining ? ", ending" : "")));
    out.push_back(printable("load " + load_text(info.load) + " on " + std::to_string(info.cores) + " cores, memory " +
                            size_text(info.memory_available_bytes) + " of " + size_text(info.memory_total_bytes) +
                            " free, root " + room_text(info.root)));
    out.emplace_back();
    out.push_back(row("", "in use", "limit", "rate"));
    out.push_back(row("Commands", info.commands, rate_text(r.of(&server_totals::commands))));
    if (info.jobs) out.push_back(row("Jobs", *info.jobs));
    if (info.kept_jobs) out.push_back(row("Jobs kept", *info.kept_jobs));
    out.push_back(row("Connections", info.connections, rate_text(r.of(&server_totals::connections))));
    out.push_back(row("Refused", "", "", rate_text(r.of(&server_totals::refused_connections))));
    out.push_back(row("Failed logins", "", "", rate_text(r.of(&server_totals::failed_logins))));
    out.push_back(row("Calls", "", "", rate_text(r.of(&server_totals::calls))));
    out.push_back(row("Failed calls", "", "", rate_text(r.of(&server_totals::failed_calls))));
    out.push_back(row("Received", "", "", bytes_rate_text(r.of(&server_totals::received_bytes))));
    out.push_back(row("Sent", "", "", bytes_rate_text(r.of(&server_totals::sent_bytes))));
    out.push_back(row("Descriptors", info.descriptors));
    out.push_back(row("CPU of tugd", "", "", percent_text(r.cpu())));
    if (!now.jobs.empty()) out.emplace_back();
    for (const auto& job : now.jobs) out.push_back(list_line(job));
    return out;
}

std::string top_screen(const std::vector<std::string>& lines, std::size_t rows, std::size_t columns) {
    std::string out = "\x1b[H";
    const auto shown = std::min(lines.size(), rows);
    for (std::size_t i = 0; i < shown; ++i) {
        // A character that takes more than one byte is cut as bytes are counted: too early, never too late.
        auto line = std::string_view(lines[i]).substr(0, columns);
        while (line.size() < lines[i].size() && !line.empty() && (lines[i][line.size()] & 0xc0) == 0x80)
            line.remove_suffix(1);
        out.append(line).append("\x1b[K");
        if (i + 1 < shown) out.append("\r\n");
    }
    return out.append("\x1b[J");
}

} // namespace tug::cli
