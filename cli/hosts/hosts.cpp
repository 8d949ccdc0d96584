// hosts: what the configuration says, without a connection.

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/local/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace json = boost::json;

namespace tug::cli {

namespace {

std::vector<std::string> asked_for(const options& o) {
    if (o.names.empty()) return o.hosts->names();
    std::vector<std::string> out;
    for (const auto& word : o.names)
        for (auto& name : o.hosts->hosts_of(word))
            if (std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
    return out;
}

std::vector<std::string> groups_of(const host_config& config, std::string_view name) {
    auto out = config.groups();
    std::erase_if(out, [&](const auto& group) { return !config.is_in_group(name, group); });
    return out;
}

json::object to_json(const options& o) {
    json::object hosts;
    for (const auto& name : asked_for(o)) {
        json::object one;
        for (const auto& [key, value] : o.hosts->settings_of(name)) one[key] = value;
        const auto groups = groups_of(*o.hosts, name);
        one["groups"] = json::array(groups.begin(), groups.end());
        hosts[name] = std::move(one);
    }
    json::object groups;
    for (const auto& name : o.hosts->groups()) {
        const auto members = o.hosts->hosts_of("@" + name);
        groups[name] = json::array(members.begin(), members.end());
    }
    const auto& files = o.hosts->files();
    return {
        {"hosts", std::move(hosts)}, {"groups", std::move(groups)}, {"files", json::array(files.begin(), files.end())}};
}

using host_row = std::array<std::string, 7>;

host_row row_of(const host_config& config, const std::string& name) {
    const auto values = config.settings_of(name);
    const auto of = [&](const char* key) {
        const auto at = values.find(key);
        return at == values.end() ? std::string("-") : printable(at->second);
    };
    std::string groups;
    for (const auto& group : groups_of(config, name)) groups.append(groups.empty() ? "" : ",").append(group);
    auto address = of("address");
    if (values.contains("port")) address += ":" + of("port");
    return {printable(name), std::move(address),           of("user"), of("key-file"), of("jump"),
            of("share"),     groups.empty() ? "-" : groups};
}

std::string table(const std::vector<host_row>& rows) {
    std::array<std::size_t, std::tuple_size_v<host_row>> width{};
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

int show_hosts(const options& o) {
    if (o.json) return print_json(to_json(o)) ? exit_code::success : exit_code::failed;
    if (o.hosts->files().empty())
        throw usage_error("there is no configuration",
                          "write " + quoted_name(user_config_file()) + ", see tug-config(5)");
    std::vector<host_row> rows{{"HOST", "ADDRESS", "USER", "KEY", "JUMP", "SHARE", "GROUPS"}};
    for (const auto& name : asked_for(o)) rows.push_back(row_of(*o.hosts, name));
    return print_text(table(rows)) ? exit_code::success : exit_code::failed;
}

} // namespace tug::cli
