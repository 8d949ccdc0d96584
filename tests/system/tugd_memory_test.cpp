// Big things pass through tugd, and it stays small.

#include "support/long_link.hpp"
#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include "tug/proto/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tug::test {

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

#ifdef TUG_SANITIZED
/// Freed memory is held back and every block has its surroundings; what is not bounded still shows.
constexpr std::uint64_t allowance = 96 * mebibyte;
constexpr std::uint64_t big_file = 256 * mebibyte;
#else
constexpr std::uint64_t allowance = 0;
constexpr std::uint64_t big_file = 512 * mebibyte;
#endif

launch with_little_quarantine() {
    launch how;
    how.env = with_asan_options("quarantine_size_mb=4:thread_local_quarantine_size_kb=64");
    return how;
}

/// How much more memory tugd has had at most than when this was made.
class growth {
public:
    explicit growth(const tugd_under_test& tugd) : pid_(tugd.pid()), before_(memory_of(pid_, "VmHWM")) {}

    [[nodiscard]] std::uint64_t bytes() const { return memory_of(pid_, "VmHWM") - before_; }

    void check(std::uint64_t most) const {
        BOOST_TEST(bytes() < most + allowance, "it grew by " << bytes() / 1024 << " KiB");
        BOOST_TEST_MESSAGE("grew by " << bytes() / 1024 << " KiB");
    }

private:
    pid_t pid_;
    std::uint64_t before_;
};

/// Less than what a look at the memory asks for, and enough for what runs.
void leave_little_memory(pid_t pid) {
    const auto data = std::stoull(value_of("VmData", read_file("/proc/" + std::to_string(pid) + "/status")));
    const rlimit tight{data * 1024 + 8 * mebibyte, RLIM_INFINITY};
    BOOST_TEST_REQUIRE(::prlimit(pid, RLIMIT_DATA, &tight, nullptr) == 0);
}

/// A limit of data that processes started meanwhile have, and that is none in fact.
class limited_data {
public:
    limited_data() {
        ::getrlimit(RLIMIT_DATA, &before_);
        set({rlim_t{1} << 62, before_.rlim_max});
    }

    limited_data(const limited_data&) = delete;
    limited_data& operator=(const limited_data&) = delete;

    ~limited_data() { set(before_); }

private:
    static void set(const rlimit& limit) { ::setrlimit(RLIMIT_DATA, &limit); }

    rlimit before_{};
};

/// What others do meanwhile: a little of everything.
void work(wire_client& client) {
    for (int i = 0; i < 50; ++i) BOOST_TEST(client.ask("rpc.ping").error() == "");
    const auto id = client.call("exec", {{"argv", {"echo", "hello"}}});
    BOOST_TEST(client.wait(id).error() == "");
    BOOST_TEST(client.output(id, "stdout") == "hello\n");
    const std::string content(300'000, 'x');
    BOOST_TEST(client.put("small", content, {{"durable", false}}).error() == "");
    const auto get = client.call("get", {{"path", "small"}});
    BOOST_TEST(client.wait(get).error() == "");
    BOOST_TEST((client.output(get, "data") == content));
}

std::string pattern(std::size_t size) {
    std::string out(size, '\0');
    std::uint32_t state = 1;
    for (char& c : out) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
    return out;
}

std::span<const std::byte> as_bytes(std::string_view text) {
    return bytes_of(text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_memory)

BOOST_AUTO_TEST_CASE(a_reader_that_slows_down_and_stalls) {
    const tugd_under_test tugd({}, with_little_quarantine());
    auto other = tugd.connect();
    work(other);
    const growth grown(tugd);
    auto slow = tugd.connect();
    slow.gives_credit = false;
    std::uint64_t came = 0;
    slow.on_body = [&](std::string_view body) { came += body.size(); };
    const auto id = slow.call("exec", {{"argv", {"head", "-c", "1073741824", "/dev/zero"}}});
    for (std::uint64_t taken = 1; taken <= 4; ++taken) {
        while (came < taken * mebibyte) slow.step();
        work(other); // the time that a slow reader takes
        slow.notify("rpc.credit", {{"call", id}, {"stream", "stdout"}, {"bytes", mebibyte}});
    }
    while (came < 5 * mebibyte) slow.step();
    for (int i = 0; i < 10; ++i) work(other);
    BOOST_TEST(came == 5 * mebibyte); // and not a byte more than the credit
    grown.check(16 * mebibyte);
    slow.notify("rpc.cancel", {{"call", id}});
    const auto result = slow.wait(id).result();
    BOOST_TEST(result.at("reason").as_string() == "cancelled");
    BOOST_TEST(result.at("stdout").as_object().at("bytes").to_number<std::uint64_t>() == came);
}

// Its calls look for themselves, for it has a limit from the start.
BOOST_AUTO_TEST_CASE(what_is_short_is_refused_at_the_door) {
    const limited_data inherited;
    const tugd_under_test tugd;
    auto client = tugd.connect();
    work(client);
    leave_little_memory(tugd.pid());
    const auto answers = [&](const std::string& name) {
        return eventually([&] { return client.ask("rpc.ping").error() == name; });
    };
    BOOST_TEST(client.ask("exec", {{"argv", {"true"}}}).error() == "busy");
    BOOST_TEST(client.ask("rpc.ping").error() == "busy"); // what has been seen counts for small requests too
    raw_client next(tugd.address());
    BOOST_TEST(next.hear() == "error(busy null)");
    BOOST_TEST(next.is_closed());
    const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
    BOOST_TEST_REQUIRE(::prlimit(tugd.pid(), RLIMIT_DATA, &wide, nullptr) == 0);
    BOOST_TEST(answers(""));
    work(client);
}

// Where nothing limits it the clock looks, a few times a second.
BOOST_AUTO_TEST_CASE(a_limit_that_comes_later_is_found) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    work(client);
    leave_little_memory(tugd.pid());
    BOOST_TEST(eventually([&] { return client.ask("rpc.ping").error() == "busy"; }));
}

BOOST_AUTO_TEST_CASE(a_reader_with_credit_that_reads_nothing) {
    const tugd_under_test tugd({}, with_little_quarantine());
    auto other = tugd.connect();
    work(other);
    const growth grown(tugd);
    std::vector<wire_client> stalled;
    for (int i = 0; i < 4; ++i) {
        auto& client = stalled.emplace_back(tugd.connect());
        const auto id = client.call("exec", {{"argv", {"head", "-c", "1073741824", "/dev/zero"}}});
        client.notify("rpc.credit", {{"call", id}, {"stream", "stdout"}, {"bytes", 2048 * mebibyte}});
    }
    for (int i = 0; i < 20; ++i) work(other);
    grown.check(16 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_big_output_to_a_fast_reader) {
    const tugd_under_test tugd({}, with_little_quarantine());
    auto client = tugd.connect();
    const growth grown(tugd);
    std::uint64_t came = 0;
    client.on_body = [&](std::string_view body) { came += body.size(); };
    const auto size = big_file;
    const auto answer = client.ask("exec", {{"argv", {"head", "-c", std::to_string(size), "/dev/zero"}}});
    BOOST_TEST(answer.result().at("stdout").as_object().at("bytes").to_number<std::uint64_t>() == size);
    BOOST_TEST(came == size);
    grown.check(16 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_big_put) {
    const tugd_under_test tugd({}, with_little_quarantine());
    auto client = tugd.connect();
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    const growth grown(tugd);
    const auto piece = pattern(4 * mebibyte);
    proto::hasher hash(proto::digest_kind::xxh3_128);
    const auto id = client.call("put", {{"path", "big"}, {"size", big_file}, {"durable", false}});
    for (std::uint64_t sent = 0; sent < big_file; sent += piece.size()) {
        client.write(id, "data", piece, sent + piece.size() == big_file);
        hash.update(as_bytes(piece));
    }
    const auto result = client.wait(id).result();
    BOOST_TEST(result.at("digest").as_string() == hash.finish().to_string());
    BOOST_TEST(std::filesystem::file_size(tugd.in_root("big")) == big_file);
    grown.check(12 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_big_get) {
    const tugd_under_test tugd({}, with_little_quarantine());
    write_file(tugd.in_root("big"), "starts with this");
    std::filesystem::resize_file(tugd.in_root("big"), big_file); // sparse
    auto client = tugd.connect();
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    const growth grown(tugd);
    proto::hasher hash(proto::digest_kind::xxh3_128);
    std::uint64_t came = 0;
    client.on_body = [&](std::string_view body) {
        came += body.size();
        hash.update(as_bytes(body));
    };
    const auto result = client.ask("get", {{"path", "big"}}).result();
    BOOST_TEST(came == big_file);
    BOOST_TEST(result.at("bytes").to_number<std::uint64_t>() == big_file);
    BOOST_TEST(result.at("digest").as_string() == hash.finish().to_string());
    grown.check(12 * mebibyte);
}

wire_client greeted(const long_link& link) {
    wire_client c(link.address());
    c.hello();
    return c;
}

/// All windows of a connection are together within its budget, 64 MiB, and so is what tugd holds of it.
BOOST_AUTO_TEST_CASE(many_puts_at_once_over_a_long_link) {
    const tugd_under_test tugd({}, with_little_quarantine());
    const long_link link(tugd.address());
    auto client = greeted(link);
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    const growth grown(tugd);
    const auto piece = pattern(mebibyte);
    std::vector<std::uint64_t> puts;
    for (int i = 0; i < 64; ++i)
        puts.push_back(client.call("put", {{"path", "f" + std::to_string(i)}, {"durable", false}}));
    for (int round = 0; round < 4; ++round)
        for (const auto id : puts) client.write(id, "data", piece, round == 3);
    for (const auto id : puts) BOOST_TEST(client.wait(id).error() == "");
    grown.check((64 + 12) * mebibyte);
}

/// A reader that was fast, so that its window has grown, and then takes nothing more.
BOOST_AUTO_TEST_CASE(a_reader_that_stalls_holds_what_was_granted) {
    const tugd_under_test tugd({}, with_little_quarantine());
    const long_link link(tugd.address());
    auto client = greeted(link);
    const growth grown(tugd);
    const auto taken = 16 * mebibyte;
    const auto id = client.call(
        "exec", {{"shell", "head -c " + std::to_string(taken) + " >/dev/null; echo; sleep 100"}, {"stdin", true}});
    client.write(id, "stdin", pattern(taken), false);
    while (client.output(id, "stdout").empty()) client.step();
    BOOST_TEST(client.ask("rpc.ping").error() == ""); // all credit of what was taken is here
    const auto allowed = client.allowed(id, "stdin");
    client.write(id, "stdin", pattern(allowed - taken), false);
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    BOOST_TEST(client.allowed(id, "stdin") - allowed <= 2 * mebibyte); // the pipe
    BOOST_TEST(allowed - taken <= 64 * mebibyte);
    grown.check(allowed - taken + 12 * mebibyte);
    client.notify("rpc.cancel", {{"call", id}});
    BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
