// 100,000 logins that are wrong: other keys, flipped bits, replays, reflections, relays, and forms that no client
// should take. All of them get the same answer, none before its time, and who has the key is let in all the while.

#include "support/torture.hpp"
#include "support/tugd_under_test.hpp"

#include "tug/proto/base64.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace tug;
using namespace tug::test;
namespace json = boost::json;
using clock = std::chrono::steady_clock;

constexpr int attempts = 100'000;
constexpr int attackers = 600;
constexpr std::chrono::milliseconds promised_wait{250};

/// A login under construction: what goes into the proof, and what is sent.
struct login {
    std::string hello;
    proto::nonce server_nonce{};
    std::string key_id{test_key_id};
    std::string mechanism{proto::mechanism_hmac_sha256};
    std::string binding{proto::binding_none};
    proto::nonce nonce{};

    [[nodiscard]] std::string transcript() const {
        return proto::auth_transcript(hello, key_id, mechanism, binding, {}, nonce);
    }

    [[nodiscard]] json::object params(const proto::proof& proof) const {
        return {{"key", key_id},
                {"mechanism", mechanism},
                {"binding", binding},
                {"nonce", proto::base64_encode(nonce)},
                {"proof", proto::base64_encode(proof)}};
    }

    [[nodiscard]] json::object right() const { return params(proto::client_proof(test_key(), transcript())); }
};

/// What was right on another connection: the params, and the hello that they answered.
struct recorded {
    std::string hello;
    json::object params;
};

/// The params of a wrong login, of the kind and by the number that are given.
using forgery = json::object (*)(login l, const recorded& other, unsigned number);

json::object with(json::object params, std::string_view name, json::value value) {
    params[name] = std::move(value);
    return params;
}

const std::vector<forgery> forgeries{
    // Clients that have another key, or none.
    [](login l, const recorded&, unsigned) { return l.params(proto::client_proof(other_key(), l.transcript())); },
    [](login l, const recorded&, unsigned n) {
        l.key_id.append(std::to_string(n)); // k10, k11, …
        return l.right();
    },
    [](login l, const recorded&, unsigned) { return l.params(proto::proof{}); },
    // Each bit of the proof, and of the nonce under it.
    [](login l, const recorded&, unsigned n) {
        auto proof = proto::client_proof(test_key(), l.transcript());
        proof[n / 8 % proof.size()] ^= static_cast<std::byte>(1U << n % 8);
        return l.params(proof);
    },
    [](login l, const recorded&, unsigned n) {
        const auto proof = proto::client_proof(test_key(), l.transcript());
        l.nonce[n / 8 % l.nonce.size()] ^= static_cast<std::byte>(1U << n % 8);
        return l.params(proof);
    },
    // Replay: what let a client in before. Relay: what answers the hello of another connection, which is still open.
    [](login, const recorded& other, unsigned) { return other.params; },
    [](login l, const recorded& other, unsigned) {
        l.hello = other.hello;
        return l.right();
    },
    // Reflection: the proof that the server would give, and its own nonce.
    [](login l, const recorded&, unsigned) { return l.params(proto::server_proof(test_key(), l.transcript())); },
    [](login l, const recorded&, unsigned) {
        l.nonce = l.server_nonce;
        return l.right();
    },
    // Right proofs of what is not spoken here.
    [](login l, const recorded&, unsigned) {
        l.mechanism = "none";
        return l.right();
    },
    [](login l, const recorded&, unsigned) {
        l.binding = "tls-exporter";
        return l.right();
    },
    // Right, but for the form.
    [](login l, const recorded&, unsigned) { return with(l.right(), "permissions", json::array{"exec"}); },
    [](login l, const recorded&, unsigned n) {
        auto params = l.right();
        const std::array<const char*, 5> names{"key", "mechanism", "binding", "nonce", "proof"};
        params.erase(names[n % names.size()]);
        return params;
    },
    [](login l, const recorded&, unsigned n) {
        auto params = l.right();
        const std::string proof(params.at("proof").as_string());
        return with(params, "proof", json::string(proof.substr(0, n % proof.size())));
    },
    [](login l, const recorded&, unsigned) {
        auto params = l.right();
        return with(params, "proof", json::string(std::string(params.at("proof").as_string()) + "AAAA"));
    },
    [](login l, const recorded&, unsigned) { return with(l.right(), "proof", 1); },
    [](login l, const recorded&, unsigned) { return with(l.right(), "key", json::string("k1\0", 3)); },
    [](login l, const recorded&, unsigned) { return with(l.right(), "key", ""); },
};

login begin(wire_client& client, unsigned number) {
    login l;
    const auto text = client.receive().envelope;
    const auto hello = json::parse(text).as_object();
    const auto nonce = proto::base64_decode(hello.at("params").at("nonce").as_string());
    std::copy(nonce->begin(), nonce->end(), l.server_nonce.begin());
    l.hello = text;
    for (std::size_t i = 0; i < sizeof number; ++i) l.nonce[i] = static_cast<std::byte>(number >> 8 * i);
    l.nonce[31] = std::byte{0x22};
    return l;
}

class attack {
public:
    explicit attack(const tugd_under_test& tugd) : tugd_(tugd), open_(tugd.address()) {
        // One that was let in, and one that is open and could be.
        wire_client before(tugd.address());
        login_ = begin(before, 1);
        old_ = {login_.hello, login_.right()};
        if (!before.ask("rpc.authenticate", old_.params).error().empty())
            throw std::runtime_error("the right login fails");
        now_.hello = begin(open_, 2).hello;
    }

    void one(unsigned number) {
        const auto kind = number % forgeries.size();
        wire_client client(tugd_.address());
        const auto l = begin(client, number + 100);
        const auto& other = kind == 6 ? now_ : old_;
        const auto params = forgeries[kind](l, other, number / static_cast<unsigned>(forgeries.size()));
        const auto sent = clock::now();
        const auto answer = client.ask("rpc.authenticate", params);
        const auto took = clock::now() - sent;
        if (answer.error().empty()) ++accepted;
        if (answer.error() != "auth_failed") ++others;
        if (took < promised_wait) ++early;
        if (!client.is_closed()) ++left_open;
        const auto text = json::serialize(answer.answer.value().at("error"));
        if (kind == 0 && number == 0) first_ = text;
        if (number != 0 && !first_.empty() && text != first_) ++different;
    }

    std::atomic<int> accepted = 0;
    std::atomic<int> others = 0;
    std::atomic<int> early = 0;
    std::atomic<int> left_open = 0;
    std::atomic<int> different = 0;

private:
    const tugd_under_test& tugd_;
    wire_client open_;
    login login_;
    recorded old_;
    recorded now_;
    std::string first_; ///< What the first of them was told.
};

int torture() {
    launch how;
    how.with_keys = true;
    how.listen = {
        "unix:" +
        (std::filesystem::temp_directory_path() / ("tug-torture-" + std::to_string(::getpid()) + ".sock")).string()};
    const tugd_under_test tugd({"--log-level", "off", "--max-unauthenticated", "4000"}, how);
    attack a(tugd);
    a.one(0);
    const unsigned total = scaled(attempts);
    std::atomic<unsigned> next = 1;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> all;
        for (int n = 0; n < attackers; ++n)
            all.emplace_back([&] {
                for (unsigned number = next++; number < total; number = next++) try {
                        a.one(number);
                        if (number % 1000 == 0) (void)tugd.connect().ask("rpc.ping").result();
                    } catch (const std::exception& e) {
                        if (failed++ == 0) std::fprintf(stderr, "WRONG: %s\n", e.what());
                    }
            });
    }
    (void)tugd.connect().ask("rpc.ping").result();
    std::printf(
        "%u wrong logins of %zu kinds: %d accepted, %d answered by something else, %d told apart, %d early, %d left "
        "open, %d failed\n",
        total, forgeries.size(), a.accepted.load(), a.others.load(), a.different.load(), a.early.load(),
        a.left_open.load(), failed.load());
    return a.accepted + a.others + a.different + a.early + a.left_open + failed == 0 ? 0 : 1;
}

} // namespace

int main() {
    return guarded(torture);
}
