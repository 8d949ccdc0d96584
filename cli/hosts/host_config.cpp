#include "host_config.hpp"

#include "cli/arguments/nearest.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace tug::cli {

namespace {

/// Names of hosts do not tell upper from lower case.
bool is_like(const std::string& pattern, const std::string& name) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

bool is_pattern(std::string_view word) {
    return word.find_first_of("*?") != std::string_view::npos;
}

void add_once(std::vector<std::string>& to, const std::string& name) {
    if (std::ranges::find(to, name) == to.end()) to.push_back(name);
}

} // namespace

std::vector<std::string> host_config::groups() const {
    std::vector<std::string> out;
    out.reserve(groups_.size());
    for (const auto& [name, members] : groups_) out.push_back(name);
    return out;
}

bool host_config::fits(const block& b, std::string_view name) const {
    bool fits = false;
    for (const auto& pattern : b.patterns) {
        const bool excludes = pattern.starts_with('!');
        const auto what = pattern.substr(excludes ? 1 : 0);
        const bool is = what.starts_with('@') ? is_in_group(name, what.substr(1)) : is_like(what, std::string(name));
        if (is && excludes) return false;
        fits = fits || is;
    }
    return fits;
}

host_values host_config::settings_of(std::string_view name) const {
    host_values out;
    for (const auto& b : blocks_)
        if (fits(b, name)) out.insert(b.values.begin(), b.values.end()); // a key that is there stays
    return out;
}

void host_config::collect(std::string_view word, std::vector<std::string>& into, std::vector<std::string>& open) const {
    if (word == "@all") {
        for (const auto& name : names_) add_once(into, name);
    } else if (word.starts_with('@')) {
        const auto group = groups_.find(word.substr(1));
        if (group == groups_.end() || std::ranges::find(open, word) != open.end()) return; // in itself: it adds nothing
        open.emplace_back(word);
        for (const auto& member : group->second) collect(member, into, open);
        open.pop_back();
    } else if (is_pattern(word)) {
        for (const auto& name : names_)
            if (is_like(std::string(word), name)) add_once(into, name);
    } else {
        add_once(into, std::string(word));
    }
}

std::vector<std::string> host_config::hosts_of(std::string_view word) const {
    if (word.starts_with('@') && word != "@all" && !groups_.contains(word.substr(1))) {
        std::vector<std::string_view> known{"all"};
        for (const auto& [name, members] : groups_) known.push_back(name);
        const auto meant = nearest(word.substr(1), known);
        throw usage_error("there is no group " + quoted_name(word.substr(1)),
                          meant.empty() ? "see `tug hosts`" : "did you mean @" + meant + "?");
    }
    std::vector<std::string> out;
    std::vector<std::string> open;
    collect(word, out, open);
    if (out.empty()) throw usage_error("no host of the configuration is in " + quoted_name(word), "see `tug hosts`");
    return out;
}

bool host_config::is_in_group(std::string_view name, std::string_view group) const {
    std::vector<std::string> members;
    std::vector<std::string> open;
    collect("@" + std::string(group), members, open);
    return std::ranges::any_of(members, [&](const auto& member) { return is_like(member, std::string(name)); });
}

} // namespace tug::cli
