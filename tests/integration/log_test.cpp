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

#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace tug::test;
using namespace tug::service;

/// Standard error goes to a file while it lives: that is where the log is.
class redirected_log {
public:
    explicit redirected_log(const std::string& path)
        : before_(::dup(STDERR_FILENO)), file_(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) {
        ::dup2(file_, STDERR_FILENO);
    }

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

BOOST_AUTO_TEST_SUITE_END()

} // namespace
