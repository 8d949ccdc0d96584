// What the log of a server says of a request.

#include "support/raw_client.hpp"
#include "support/talk.hpp"
#include "support/temp_dir.hpp"

#include "tug/service/log.hpp"
#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace tug::test;
using namespace tug::service;

/// Standard error goes elsewhere while it lives: that is where the log is.
class redirected_log {
public:
    explicit redirected_log(const std::string& path)
        : redirected_log(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) {}

    /// Takes the descriptor.
    explicit redirected_log(int file) : before_(::dup(STDERR_FILENO)), file_(file) { ::dup2(file_, STDERR_FILENO); }

    ~redirected_log() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        ::close(file_);
    }

    redirected_log(const redirected_log&) = delete;
    redirected_log& operator=(const redirected_log&) = delete;

private:
    int before_;
    int file_;
};

asio::awaitable<answer> throw_error(call&) {
    throw std::runtime_error("a bug in the endpoint");
    co_return answer();
}

tug::proto::result<accepted_call> throw_at_once(const json::object&) {
    throw std::runtime_error("a bug in the acceptor");
}

void start_with_bugs(tug::service::server& s) {
    s.add(endpoint("my.throw", permission::none, {}, throw_error));
    s.add(endpoint("my.throwing_acceptor", permission::none, throw_at_once));
    s.start();
}

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(a_line_about_a_request_names_its_trace) {
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const temp_dir dir;
    {
        const redirected_log redirected(dir / "log");
        options settings;
        settings.root = dir.path().string();
        settings.listen = {{"127.0.0.1", 0, ""}};
        tug::service::server logged(std::move(settings), std::nullopt,
                                    std::make_shared<class log>(log_level::info, log_format::json));
        start_with_bugs(logged);
        raw_client c(logged.addresses().front().to_string());
        (void)c.hello();
        const auto meta = R"(,"meta":{"traceparent":")" + trace + R"(","tracestate":"a=1"}})";
        for (const std::string method : {"my.throw", "my.throwing_acceptor"})
            BOOST_TEST(c.hear_of(R"({"jsonrpc":"2.0","id":9,"method":")" + method + '"' + meta) ==
                       "error(internal_error 9)");
        BOOST_TEST(c.ask("my.throw").error() == "internal_error");
    }
    std::vector<json::object> lines;
    std::istringstream text(read_file(dir / "log"));
    for (std::string line; std::getline(text, line);)
        if (auto one = json::parse(line).as_object(); one.at("event") == "endpoint_threw") lines.push_back(one);
    BOOST_REQUIRE(lines.size() == 3U);
    for (const auto at : {0U, 1U}) {
        BOOST_TEST((lines[at].at("traceparent") == json::value(trace)));
        BOOST_TEST((lines[at].at("tracestate") == "a=1"));
    }
    BOOST_TEST(!lines[2].contains("traceparent"));
}

/// What finds no room in the pipe and in the queue behind it is lost and told; all that is not is there, in order.
BOOST_AUTO_TEST_CASE(a_reader_that_does_not_read_holds_no_one) {
    constexpr std::size_t before = 100'000; // 6 MB
    constexpr std::size_t lines = 120'000;
    int pipe[2];
    BOOST_REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    std::string read;
    std::thread reader;
    {
        const redirected_log redirected(pipe[1]);
        const class log log(log_level::info, log_format::text);
        const auto write = [&](std::size_t n) {
            log.info("line", {{"number", std::to_string(n)}, {"more", "sixteen-letters-"}});
        };
        for (std::size_t n = 0; n < before; ++n) write(n);
        reader = std::thread([&] {
            char some[4096];
            for (ssize_t n = 0; (n = ::read(pipe[0], some, sizeof some)) > 0;)
                read.append(some, static_cast<std::size_t>(n));
        });
        for (std::size_t n = before; n < lines; ++n) write(n); // none before those that wait
    }
    reader.join();
    ::close(pipe[0]);
    std::size_t next = 0;
    std::size_t lost = 0;
    std::istringstream text(read);
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with('{')) {
            lost += json::parse(line).at("lines").to_number<std::size_t>();
        } else if (const auto at = line.find("number="); at != std::string::npos) {
            const auto number = std::stoul(line.substr(at + 7));
            BOOST_TEST_REQUIRE(number >= next);
            next = number + 1;
        }
    }
    const auto whole = static_cast<std::size_t>(std::count(read.begin(), read.end(), '\n'));
    BOOST_TEST(lost > 0U);
    BOOST_TEST(read.size() > 4'000'000U);
    BOOST_TEST(whole + lost >= lines); // those that tell of the lost ones are more
}

BOOST_AUTO_TEST_CASE(long_values_are_cut) {
    const temp_dir dir;
    {
        const redirected_log redirected(dir / "log");
        const class log log(log_level::info, log_format::json);
        log.info("long", {{"path", std::string(4096, '\x01')}, {"short", "whole"}});
        std::string accents = "x"; // no cut at an even place is between two letters
        for (int n = 0; n < 2500; ++n) accents += "\u00e9";
        log.info("letters", {{"path", accents}});
        log.info("fits", {{"path", std::string(2000, 'x')}});
    }
    std::istringstream text(read_file(dir / "log"));
    std::string cut, letters, fits;
    BOOST_REQUIRE(std::getline(text, cut) && std::getline(text, letters) && std::getline(text, fits));
    BOOST_TEST(json::parse(letters).at("path").as_string().ends_with("\u00e9..."));
    BOOST_TEST(cut.size() < 4096U);
    BOOST_TEST((json::parse(cut).at("short") == "whole"));
    BOOST_TEST((json::parse(fits).at("path") == json::value(std::string(2000, 'x'))));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
