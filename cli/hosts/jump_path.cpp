#include "jump_path.hpp"

#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"
#include "connection_settings.hpp"

#include <tug/address.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace tug::cli {

namespace {

using hosts = std::vector<std::string>;

/// Follows the configuration from a host to what it is reached through.
class path_finder {
public:
    explicit path_finder(const options& o) : options_(o) {}

    /// The jumps that the configuration has for `host`, and what comes before them.
    void follow(std::string_view host) {
        const auto jumps = split_jumps(settings_for(options_, host).jump);
        const auto where = place_of(host);
        if (std::ranges::any_of(jumps, [&](const auto& jump) { return place_of(jump) == where; })) return;
        if (std::ranges::find(open_, where) != open_.end())
            throw usage_error(quoted_name(host) + " is to be reached through itself",
                              "mend `jump` in the configuration, or name the way by --jump");
        open_.push_back(where);
        add(jumps);
        open_.pop_back();
    }

    void add(const hosts& jumps) {
        if (!jumps.empty()) follow(jumps.front());
        path_.insert(path_.end(), jumps.begin(), jumps.end());
    }

    [[nodiscard]] hosts take() { return std::move(path_); }

private:
    /// What tells hosts from one another, in one case.
    [[nodiscard]] std::string place_of(std::string_view host) const {
        auto out = settings_for(options_, host).address;
        std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return out;
    }

    const options& options_;
    hosts open_;
    hosts path_;
};

hosts typed_jumps(const options& o) {
    hosts out;
    for (const auto& text : o.jump) {
        auto some = split_jumps(text);
        out.insert(out.end(), some.begin(), some.end());
    }
    return out;
}

} // namespace

std::vector<std::string> split_jumps(std::string_view text) {
    constexpr std::string_view schemes[] = {"ssh://", "tug://"};
    const auto whole = text;
    hosts out;
    if (text.empty() || text == "none") return out;
    for (;;) {
        const auto end = std::min(text.find(','), text.size());
        auto host = text.substr(0, end);
        for (const auto scheme : schemes)
            if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
        host.remove_prefix(host.starts_with("unix:") ? 0 : host.rfind('@') + 1); // npos + 1 is 0
        const auto parsed = tug::address::parse(host);
        if (!parsed)
            throw usage_error(quoted_name(whole) + " is no way: " + parsed.error().message, "write HOST, or HOST,HOST");
        out.emplace_back(host);
        if (end == text.size()) return out;
        text.remove_prefix(end + 1);
    }
}

options options_of_jump(options o) {
    o.tls.server_name.clear();
    return o;
}

std::vector<std::string> jump_path(const options& o, std::string_view host) {
    path_finder path(o);
    // A socket of this side; what leads to one on another is named by --jump, or is the address of a named host.
    if (!o.jump.empty())
        path.add(typed_jumps(o));
    else if (!host.starts_with("unix:"))
        path.follow(host);
    return path.take();
}

} // namespace tug::cli
