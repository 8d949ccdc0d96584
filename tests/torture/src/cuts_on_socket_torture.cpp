// A conversation of 30 calls with a real tugd, cut, ended, reset and damaged at a sample of its bytes: the same results
// or named errors, every connection ends, whole files or none, and an honest client goes on being served.

#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"
#include "support/torture.hpp"
#include "support/tugd_under_test.hpp"
#include "tug/proto/error.hpp"

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;
namespace json = boost::json;

constexpr unsigned most_seconds = 8 * 60;
constexpr std::size_t calls = 30;
const std::string file_text(3'000, 'f');
const std::string put_text(500, 'p');

void must(bool good, const std::string& what) {
    if (!good) throw std::runtime_error(what);
}

std::string request(std::size_t id, std::string_view method, std::string_view params) {
    return frame(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) +
                 R"(","params":)" + std::string(params) + "}");
}

std::string note(std::string_view method, std::string_view params, std::string_view body = {}) {
    return frame(R"({"jsonrpc":"2.0","method":")" + std::string(method) + R"(","params":)" + std::string(params) + "}",
                 body);
}

std::string data(std::size_t id, std::string_view stream, std::string_view body, std::string_view more = "") {
    return note("rpc.data",
                R"({"call":)" + std::to_string(id) + R"(,"stream":")" + std::string(stream) + '"' + std::string(more) +
                    "}",
                body);
}

/// The call of that number; each kind comes back every ten.
std::string call(std::size_t id) {
    const auto path = R"({"path":"out/)" + std::to_string(id) + R"(","durable":false})";
    constexpr std::string_view eof = R"(,"eof":true)";
    switch (id % 10) {
    case 0: return request(id, "rpc.ping", R"({"payload":"ping"})");
    case 1: return request(id, "get", R"({"path":"file"})");
    case 2: return request(id, "put", path) + data(id, "data", put_text) + data(id, "data", "end", eof);
    case 3: return request(id, "exec", R"({"argv":["cat"],"stdin":true})") + data(id, "stdin", "to cat", eof);
    case 4:
        return request(id, "exec", R"({"argv":["sleep","5"]})") +
               note("rpc.cancel", R"({"call":)" + std::to_string(id) + "}");
    case 5: return request(id, "exec", R"({"argv":["/not/there"]})");
    case 6: return request(id, "get", R"({"path":"not/there"})");
    case 7:
        return request(id, "put", path) +
               data(id, "data", "x", R"(,"eof":true,"digest":"xxh3-128:00000000000000000000000000000000")");
    case 8: return request(id, "get", R"({"path":"file","offset":3001})");
    default: return request(id, "put", R"({"path":"/"})");
    }
}

std::string conversation() {
    std::string out;
    for (std::size_t id = 1; id <= calls; ++id) out += call(id);
    return out + note("rpc.bye", "{}");
}

/// What came of a call, without what differs from one time to the next.
std::string outcome(received_call& c) {
    std::string out;
    if (const auto error = c.error(); !error.empty()) {
        out = "error " + error;
    } else if (c.answer->at("result").is_object()) {
        auto result = c.result();
        for (const auto* varies : {"usage", "wall_us", "mtime_ns"}) result.erase(varies);
        out = json::serialize(result);
        // A cancel may come before the command was started, and while it runs.
        if (result.contains("reason") && result.at("reason") == "cancelled") out = "error cancelled";
    } else {
        out = json::serialize(c.answer->at("result"));
    }
    if (out == "error cancelled") return out;
    for (const auto& [name, s] : c.streams) out += " " + name + "=" + s.bytes + (s.eof ? "." : "");
    return out;
}

class place {
public:
    explicit place(const std::string& tugd) {
        fs::create_directories(root() / "out");
        write_file((root() / "file").string(), file_text);
        launch how;
        how.tugd = tugd;
        how.root = root().string();
        how.listen = {"unix:" + (own_ / "tugd.sock")};
        how.env = {{"ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1"},
                   {"UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1"}};
        tugd_ = std::make_unique<tugd_under_test>(std::vector<std::string>{"--log-level", "error"}, how);
    }

    [[nodiscard]] raw_client connect() const {
        raw_client c("unix:" + (own_ / "tugd.sock"));
        c.gives_credit = false; // the windows hold all that comes back
        c.hello();
        return c;
    }

    /// A put that did not come to its end left nothing, one that did is whole.
    void must_be_whole() const {
        for (const auto& entry : fs::directory_iterator(root() / "out"))
            must(read_file(entry.path().string()) == put_text + "end", "half a file: " + entry.path().string());
    }

    void stop() {
        const int code = tugd_->stop();
        const auto log = tugd_->log();
        must(code == 0 && log.find("Sanitizer") == std::string::npos && log.find("runtime error:") == std::string::npos,
             "tugd ended with " + std::to_string(code) + ":\n" + log.substr(0, 4'000));
        for (const auto& entry : fs::recursive_directory_iterator(base_.path()))
            must(!entry.path().filename().string().starts_with(".tug-"), "left behind: " + entry.path().string());
    }

private:
    [[nodiscard]] fs::path root() const { return base_.path(); }

    temp_dir base_;
    temp_dir own_;
    std::unique_ptr<tugd_under_test> tugd_;
};

std::map<std::size_t, std::string> outcomes(raw_client& c) {
    std::map<std::size_t, std::string> out;
    for (std::size_t id = 1; id <= calls; ++id) {
        c.wait(id);
        out[id] = outcome(c.of(id));
    }
    must(c.is_closed(), "the server does not close after rpc.bye");
    return out;
}

/// Hears all until the end: frames, and errors by their names.
void hear_out(raw_client& c) {
    for (auto line = c.hear(); line != "end"; line = c.hear()) {
        if (!line.starts_with("error(")) continue;
        const auto name = line.substr(6, line.find(' ') - 6);
        const auto code = tug::proto::errc_from_name(name);
        must(code != tug::proto::errc::unknown_error && code != tug::proto::errc::internal_error, "heard " + line);
    }
}

/// Says where it was that something went wrong.
template <class Step>
void at(const char* what, std::size_t where, Step step) {
    try {
        step();
    } catch (const std::exception& e) {
        throw std::runtime_error(std::string(what) + " " + std::to_string(where) + ": " + e.what());
    }
}

struct figures {
    std::size_t cuts = 0;
    std::size_t ends = 0;
    std::size_t bits = 0;
};

void cuts(const place& p, const std::string& bytes, std::size_t step, figures& done) {
    auto first = p.connect();
    first.send(bytes);
    const auto expected = outcomes(first);
    for (std::size_t where = 1; where < bytes.size(); where += step, ++done.cuts) {
        at("cut at byte", where, [&] {
            auto c = p.connect();
            c.send(std::string_view(bytes).substr(0, where));
            c.await_read();
            c.send(std::string_view(bytes).substr(where));
            const auto got = outcomes(c);
            for (const auto& [id, what] : expected)
                must(got.at(id) == what, "call " + std::to_string(id) + ":\n" + got.at(id) + "\nand not\n" + what);
        });
    }
    p.must_be_whole();
}

void ends(const place& p, const std::string& bytes, std::size_t step, figures& done) {
    for (std::size_t where = 0; where < bytes.size(); where += step, ++done.ends) {
        at("end at byte", where, [&] {
            auto c = p.connect();
            c.send(std::string_view(bytes).substr(0, where));
            if (done.ends % 3 == 1) return c.close();
            if (done.ends % 3 == 2) return c.reset();
            c.half_close();
            hear_out(c);
        });
    }
    p.must_be_whole();
}

void bits(const place& p, std::string bytes, std::size_t step, figures& done) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += step, ++done.bits) {
        auto& byte = bytes[bit / 8];
        const auto before = byte;
        byte = static_cast<char>(byte ^ 1 << bit % 8);
        at("damaged bit", bit, [&] {
            auto c = p.connect();
            static_cast<void>(c.try_send(bytes)); // it may close before all is sent
            c.half_close();
            hear_out(c);
        });
        byte = before;
    }
}

void run(const std::string& tugd) {
    const auto began = std::chrono::steady_clock::now();
    place p(tugd);
    const auto bytes = conversation();
    auto honest = p.connect();
    figures done;
    cuts(p, bytes, bytes.size() / scaled(60, 3), done);
    must(honest.is_served(), "after cuts an honest client is not served");
    ends(p, bytes, bytes.size() / scaled(120, 6), done);
    must(honest.is_served(), "after ends an honest client is not served");
    bits(p, bytes, bytes.size() * 8 / scaled(240, 8) + 1, done);
    must(honest.is_served(), "after damaged bits an honest client is not served");
    honest.close();
    p.stop();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("cuts on a socket: 30 calls, %zu bytes; %zu cuts, %zu ends, %zu damaged bits in %.0f s (%s)\n",
                bytes.size(), done.cuts, done.ends, done.bits, took.count(),
                tugd.empty() ? "tugd of this build" : tugd.c_str());
}

} // namespace

int main(int argc, char** argv) {
    ::alarm(most_seconds); // whatever hangs ends here
    try {
        run(argc > 1 ? argv[1] : "");
    } catch (const std::exception& e) {
        std::cerr << "cuts on a socket: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
