#pragma once

#include "support/program.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace tug::test {

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// One line `tug: cause: remedy`, and no other.
inline bool is_error_line(std::string_view err) {
    return err.starts_with("tug: ") && std::count(err.begin(), err.end(), '\n') == 1 && err.ends_with('\n') &&
           std::count(err.begin(), err.end(), ':') >= 2;
}

/// It ended with that code and one error line that has `part` in it.
inline void check_failed(const run_result& r, int code, std::string_view part) {
    BOOST_TEST(r.exit_code == code);
    BOOST_TEST(is_error_line(r.err), "no error line: " << r.err);
    BOOST_TEST(contains(r.err, part), "'" << part << "' is not in: " << r.err);
}

/// It succeeded and wrote exactly that.
inline void check_output(const run_result& r, std::string_view out) {
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST((r.out == out), "stdout: " << r.out.substr(0, 200) << " stderr: " << r.err);
}

/// What it wrote to stdout is one JSON object on one line.
inline boost::json::object json_of(const run_result& r) {
    BOOST_TEST(std::count(r.out.begin(), r.out.end(), '\n') == 1);
    return boost::json::parse(r.out).as_object();
}

} // namespace tug::test
