#include "host_outcome.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/local/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tug::cli {

namespace {

int severity(int code) {
    switch (code) {
    case exit_code::exec_timed_out: return 2'000;
    case exit_code::exec_not_runnable: return 3'000;
    case exit_code::exec_not_found: return 3'001;
    case exit_code::exec_tug_failed: return 4'000;
    default: return code > exit_code::exec_signal_base ? 1'000 + code : code;
    }
}

std::string seconds_of(const host_outcome& how) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f s", how.took.count());
    return text.data();
}

struct row {
    std::array<std::string, 4> cells;
};

row row_of(const std::string& host, const host_outcome& how) {
    switch (how.how) {
    case host_outcome::state::not_begun: return {{printable(host), "not begun", "", ""}};
    case host_outcome::state::failed:
        return {{printable(host), std::string(name_of(how.why->code)), std::to_string(how.code), seconds_of(how)}};
    case host_outcome::state::ended: break;
    }
    return {{printable(host), printable(how.what), std::to_string(how.code), seconds_of(how)}};
}

/// Names and outcomes to the left, numbers to the right.
std::string aligned(const std::vector<row>& rows) {
    std::array<std::size_t, 4> widths{};
    for (const auto& one : rows)
        for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], one.cells[i].size());
    std::string out;
    for (const auto& one : rows) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const std::string pad(widths[i] - one.cells[i].size(), ' ');
            line.append(i == 0 ? "" : "  ").append(i < 2 ? one.cells[i] + pad : pad + one.cells[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out.append(line).append("\n");
    }
    return out;
}

} // namespace

int worst_code(std::span<const host_outcome> all) {
    const auto worst = std::ranges::max_element(all, {}, [](const auto& one) { return severity(one.code); });
    return worst == all.end() ? exit_code::success : worst->code;
}

std::string outcome_table(const std::vector<std::string>& hosts, std::span<const host_outcome> all) {
    std::vector<row> rows{{{"HOST", "OUTCOME", "EXIT", "TIME"}}};
    for (std::size_t i = 0; i < all.size(); ++i) rows.push_back(row_of(hosts[i], all[i]));
    const auto well = std::ranges::count_if(all, &host_outcome::well);
    const auto not_begun = std::ranges::count(all, host_outcome::state::not_begun, &host_outcome::how);
    auto out = aligned(rows) + std::to_string(all.size()) + " hosts: " + std::to_string(well) + " succeeded, " +
               std::to_string(std::ssize(all) - well - not_begun) + " failed";
    if (not_begun > 0) out += ", " + std::to_string(not_begun) + " not begun";
    return out + "\n";
}

boost::json::object to_json(const std::string& host, const host_outcome& how) {
    boost::json::object out{{"host", printable(host)}, {"exit", how.code}};
    if (how.why)
        out["error"] = failure_json(*how.why);
    else
        out["result"] = how.result;
    out["seconds"] = how.took.count();
    return out;
}

} // namespace tug::cli
