// discover: which tugd are on the networks that this host is on.

#include "cli/arguments/exit_codes.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/local/report.hpp"
#include "commands.hpp"

#include <tug/bytes.hpp>
#include <tug/discover.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli {

namespace {

constexpr std::chrono::seconds usual_wait{1};

json::object found_json(const found_host& host) {
    json::object out{{"name", bytes_to_json(host.name)},
                     {"addresses", json::array(host.addresses.begin(), host.addresses.end())},
                     {"server", bytes_to_json(host.server)},
                     {"tls", host.tls}};
    if (!host.key_id.empty()) out["key"] = host.key_id;
    return out;
}

using found_row = std::array<std::string, 5>;

found_row row_of(const found_host& host) {
    return {printable(host.name), host.addresses.empty() ? "-" : host.addresses.front(), host.tls ? "tls" : "plain",
            host.key_id.empty() ? "-" : host.key_id, printable(host.server)};
}

std::string table(const std::vector<found_host>& hosts) {
    std::vector<found_row> rows{{"NAME", "ADDRESS", "BY", "KEY", "SERVER"}};
    for (const auto& host : hosts) rows.push_back(row_of(host));
    std::array<std::size_t, 5> width{};
    for (const auto& r : rows)
        for (std::size_t i = 0; i < r.size(); ++i) width[i] = std::max(width[i], r[i].size());
    std::string out;
    for (const auto& r : rows) {
        for (std::size_t i = 0; i + 1 < r.size(); ++i) out.append(r[i]).append(width[i] - r[i].size() + 2, ' ');
        out.append(r.back()).append("\n");
    }
    return out;
}

} // namespace

asio::awaitable<int> discover_hosts(const options& o, invocation& s) {
    discover_options how;
    how.wait(o.timeout.value_or(usual_wait)).interfaces(o.names);
    connection_settings key;
    key.key_file = o.key_file;
    key.key_id = o.key_id;
    key.key_readers = o.key_readers.value_or(secret_readers::none);
    if (!key.key_file.empty() && key.key_file != "none") {
        auto secret = co_await read_key(key, s.keys);
        how.with(std::move(secret));
    }
    const auto found = co_await discover(s.ctl.get_executor(), std::move(how));
    if (found.empty() && !o.json) {
        print_error("no tugd has answered", "those that were started with --announce do, on networks that both are on");
        co_return exit_code::failed;
    }
    bool written = false;
    if (o.json) {
        json::array hosts;
        for (const auto& host : found) hosts.push_back(found_json(host));
        written = print_json(json::object{{"hosts", std::move(hosts)}});
    } else {
        written = print_text(table(found));
    }
    co_return written ? exit_code::success : exit_code::failed;
}

} // namespace tug::cli
