// How a browser is led to a console: by a file that this user alone can read.

#include "cli/console/browser.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace tug::cli::console;

namespace {

struct with_environment {
    with_environment() {
        ::setenv("XDG_RUNTIME_DIR", directory.path().c_str(), 1);
        ::unsetenv("DISPLAY");
        ::unsetenv("WAYLAND_DISPLAY");
    }

    ~with_environment() { ::unsetenv("XDG_RUNTIME_DIR"); }

    tug::test::temp_dir directory;
};

const std::string address = "http://127.0.0.1:4711/?token=aa#tug.bb";

} // namespace

BOOST_FIXTURE_TEST_SUITE(console_browser, with_environment)

BOOST_AUTO_TEST_CASE(the_file_is_private_and_goes) {
    std::string path;
    {
        auto made = address_file::make(address);
        BOOST_REQUIRE(made);
        const address_file file(std::move(*made));
        path = file.path();
        BOOST_TEST(path.starts_with(directory.path().string() + "/"));
        struct stat status{};
        BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
        BOOST_TEST((status.st_mode & 07777U) == 0600U);
        const auto text = tug::test::read_file(path);
        BOOST_TEST(text.find("content=\"0;url=" + address + "\"") != std::string::npos);
    }
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(no_place_for_it) {
    ::setenv("XDG_RUNTIME_DIR", (directory / "none").c_str(), 1);
    BOOST_TEST(!address_file::make(address));
}

BOOST_AUTO_TEST_CASE(where_a_browser_is_seen) {
    BOOST_TEST(!has_display());
    ::setenv("DISPLAY", "", 1);
    BOOST_TEST(!has_display());
    ::setenv("DISPLAY", ":0", 1);
    BOOST_TEST(has_display());
    ::unsetenv("DISPLAY");
    ::setenv("WAYLAND_DISPLAY", "wayland-0", 1);
    BOOST_TEST(has_display());
    ::unsetenv("WAYLAND_DISPLAY");
}

BOOST_AUTO_TEST_SUITE_END()
