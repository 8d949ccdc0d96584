#pragma once

#include "cli/arguments/options.hpp"
#include "invocation.hpp"

#include <tug/server_info.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// What `tug doctor` finds: a line each, in the form of `tugd --check`: "ok", "warning" or "wrong", then what was
/// looked at and how it is. What is not ok says what mends it. Lines are printed as they come, as JSON all at the end.
class doctor_report {
public:
    explicit doctor_report(bool json) : json_(json) {}

    void ok(std::string_view what, std::string_view how) { line("ok", what, how, {}); }

    void warn(std::string_view what, std::string_view how, std::string_view remedy) {
        line("warning", what, how, remedy);
    }

    void wrong(std::string_view what, std::string_view how, std::string_view remedy) {
        line("wrong", what, how, remedy);
        wrong_ = true;
    }

    /// What the SDK says of a failure.
    void wrong(std::string_view what, const failure& why);

    /// What was found, where JSON is asked for.
    [[nodiscard]] const boost::json::array& lines() const noexcept { return lines_; }

    /// Prints what is left to print. The exit code: failed where a line is "wrong".
    [[nodiscard]] int finish();

private:
    void line(std::string_view verdict, std::string_view what, std::string_view how, std::string_view remedy);

    bool json_;
    bool wrong_ = false;
    bool unwritten_ = false;
    boost::json::array lines_;
};

/// Looks at the configuration, then at the way to the host that the command line names, step by step, and at what its
/// tugd says of itself. Without a host at the configuration alone, with all hosts in it.
[[nodiscard]] boost::asio::awaitable<int> doctor(const options& o, invocation& s);

// Its parts.

/// The name, and whether something listens at one of its addresses. False where nothing does.
[[nodiscard]] boost::asio::awaitable<bool> check_way(std::string address, doctor_report& to);

/// What a server says of itself. `asked`: when it was, by the clock of this side; `permissions`: those of the key.
void check_server(const server_info& info, const std::vector<std::string>& permissions,
                  std::chrono::system_clock::time_point asked, doctor_report& to);

} // namespace tug::cli
