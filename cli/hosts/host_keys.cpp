#include "host_keys.hpp"

#include "cli/arguments/nearest.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"
#include "jump_path.hpp"

#include <tug/address.hpp>
#include <tug/os/flag_numbers.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

namespace tug::cli {

namespace {

using check = std::string (*)(std::string& value, const config_place& place);

std::string take_text(std::string& value, const config_place& /*place*/) {
    return value.empty() ? "it is empty" : "";
}

/// `%h` stands for the name of the host.
std::string take_address(std::string& value, const config_place& /*place*/) {
    auto sample = value;
    for (auto at = sample.find("%h"); at != std::string::npos; at = sample.find("%h")) sample.replace(at, 2, "h");
    const auto parsed = tug::address::parse(sample);
    return parsed ? "" : parsed.error().message;
}

std::string take_path(std::string& value, const config_place& place) {
    if (value.empty()) return "it is empty";
    if (value == "none") return {};
    std::filesystem::path path = value;
    if (value == "~" || value.starts_with("~/")) {
        if (place.home.empty()) return "~ stands for HOME, which is not set";
        path = std::filesystem::path(place.home) / value.substr(std::min<std::size_t>(value.size(), 2));
    } else if (path.is_relative()) {
        path = std::filesystem::path(place.directory) / path;
    }
    value = path.lexically_normal().string();
    return {};
}

std::string take_one_of(const std::string& value, std::string_view one, std::string_view other) {
    if (value == one || value == other) return {};
    return quoted_name(value) + " is neither " + std::string(one) + " nor " + std::string(other);
}

std::string take_yes_or_no(std::string& value, const config_place& /*place*/) {
    return take_one_of(value, "yes", "no");
}

std::string take_readers(std::string& value, const config_place& /*place*/) {
    return take_one_of(value, "private", "any");
}

std::string take_jump(std::string& value, const config_place& /*place*/) {
    if (value.empty()) return "it is empty";
    try {
        (void)split_jumps(value);
        return {};
    } catch (const usage_error& e) {
        return e.what();
    }
}

std::string take_port(std::string& value, const config_place& /*place*/) {
    return os::take_whole_number(value, 1, 65'535);
}

std::string take_window(std::string& value, const config_place& /*place*/) {
    return os::take_whole_number(value, 1 << 20, 1 << 30);
}

std::string take_share(std::string& value, const config_place& /*place*/) {
    if (value == "yes" || value == "no") return {};
    return os::take_whole_number(value, 1, 86'400).empty() ? ""
                                                           : quoted_name(value) + " is neither yes, no nor seconds";
}

struct host_key {
    std::string_view name;
    check take;
};

/// A flag of tug that has the same meaning has the same name.
constexpr std::array keys{
    host_key{"address", take_address},
    host_key{"port", take_port},
    host_key{"key-file", take_path},
    host_key{"key", take_text},
    host_key{"key-file-mode", take_readers},
    host_key{"tls", take_yes_or_no},
    host_key{"tls-ca", take_path},
    host_key{"tls-server-name", take_text},
    host_key{"tls-cert", take_path},
    host_key{"tls-key", take_path},
    host_key{"user", take_text},
    host_key{"jump", take_jump},
    host_key{"max-window", take_window},
    host_key{"share", take_share},
};

/// What ssh_config(5) calls them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> of_ssh{{{"hostname", "address"},
                                                                               {"identityfile", "key-file"},
                                                                               {"proxyjump", "jump"},
                                                                               {"proxycommand", "jump"},
                                                                               {"certificatefile", "tls-cert"},
                                                                               {"hostkeyalias", "tls-server-name"},
                                                                               {"controlmaster", "share"},
                                                                               {"controlpersist", "share"}}};

const host_key* find(std::string_view name) {
    const auto* const at = std::ranges::find(keys, name, &host_key::name);
    return at == keys.end() ? nullptr : at;
}

} // namespace

std::string take_host_value(std::string_view key, std::string& value, const config_place& place) {
    return find(key)->take(value, place);
}

bool is_host_key(std::string_view key) {
    return find(key) != nullptr;
}

std::string meant_host_key(std::string_view word) {
    for (const auto& [theirs, ours] : of_ssh)
        if (word == theirs) return std::string(ours);
    std::vector<std::string_view> known{"host", "group"};
    for (const auto& key : keys) known.push_back(key.name);
    return nearest(word, known);
}

} // namespace tug::cli
