#pragma once

#include "config.hpp"

#include <iosfwd>
#include <string>
#include <string_view>

namespace tug::service {

/// What `tugd --check` finds: a line each, "ok", "warning" or "wrong", then what was looked at and how it is. What is
/// not ok says the command or the setting that mends it.
class check_report {
public:
    explicit check_report(std::ostream& to) : to_(to) {}

    void ok(std::string_view what, std::string_view how) { line("ok", what, how, {}); }

    /// tugd starts all the same.
    void warn(std::string_view what, std::string_view how, std::string_view remedy) {
        line("warning", what, how, remedy);
    }

    /// tugd does not start, or cannot do what it was told to.
    void wrong(std::string_view what, std::string_view how, std::string_view remedy) {
        line("wrong", what, how, remedy);
        ++wrong_;
    }

    /// Lines that say "wrong".
    [[nodiscard]] unsigned count() const noexcept { return wrong_; }

private:
    void line(std::string_view verdict, std::string_view what, std::string_view how, std::string_view remedy);

    std::ostream& to_;
    unsigned wrong_ = 0;
};

// Each looks at one part of what tugd would do with that configuration, and changes nothing on the host.

void check_keys(const config& c, check_report& to);
void check_tls(const config& c, check_report& to);
void check_addresses(const config& c, check_report& to);
void check_user(const options& o, check_report& to);
void check_root(const options& o, check_report& to);
void check_cgroup(const options& o, check_report& to);
void check_state(const options& o, check_report& to);
void check_recording(const options& o, check_report& to);
void check_audit(const options& o, check_report& to);
void check_descriptors(const options& o, check_report& to);
void check_limits(const options& o, check_report& to);

/// All of them. 0, or 1 where something is wrong.
[[nodiscard]] int check_all(const config& c, std::ostream& out);

} // namespace tug::service
