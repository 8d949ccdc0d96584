// What a login is made of. Input: a byte that chooses one of the parts below, and what that part takes.

#include "auth/login.hpp"
#include "input.hpp"
#include "tug/credentials.hpp"
#include "tug/error.hpp"
#include "tug/proto/base64.hpp"
#include "tug/proto/json_reader.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::service;
using tug::test::check;
using tug::test::source;
namespace json = boost::json;

constexpr std::string_view hello_text = R"({"jsonrpc":"2.0","method":"rpc.hello"})";

template <std::size_t Size>
std::array<std::byte, Size> filled(unsigned char with) {
    std::array<std::byte, Size> out;
    out.fill(std::byte{with});
    return out;
}

secret_key key_of(unsigned char with) {
    return secret_key(filled<secret_key::size>(with));
}

const key_ring& keys() {
    static const key_ring ring{{"k1", {key_of(1), permissions::all()}}, {"k2", {key_of(2), {}}}};
    return ring;
}

// --- a login ---------------------------------------------------------------------------------------------------------

/// What a client says and what it proves: each field on its own may be another than it should be.
struct claim {
    std::string key = "k1";
    std::string mechanism{mechanism_hmac_sha256};
    std::string binding{binding_none};
    std::string hello{hello_text};
    nonce client_nonce = filled<32>(0x22);

    void replace(unsigned field, std::string_view by) {
        std::string* const texts[] = {&key, &mechanism, &binding, &hello};
        if (field % 5 < 4) {
            *texts[field % 5] = by;
            return;
        }
        for (std::size_t i = 0; i < by.size(); ++i) client_nonce[i % 32] = static_cast<std::byte>(by[i]);
    }

    [[nodiscard]] std::string transcript() const {
        return auth_transcript(hello, key, mechanism, binding, {}, client_nonce);
    }

    bool operator==(const claim&) const = default;
};

/// A login is good where all that was proved is what is said, and what is said is right; never else.
void login_by_parts(source input) {
    claim said;
    claim proved;
    secret_key secret = key_of(1);
    proof flipped{};
    while (!input.empty()) {
        const auto what = input.byte();
        const auto by = input.piece();
        if ((what & 1) != 0 && (what >> 3) % 5 != 3)
            said.replace(what >> 3, by); // the hello is not the client's to say
        if ((what & 2) != 0) proved.replace(what >> 3, by);
        if ((what & 4) != 0) flipped[what >> 3] ^= static_cast<std::byte>(by.size());
        if (what == 0) secret = key_of(static_cast<unsigned char>(by.size()));
    }
    auto shown = client_proof(secret, proved.transcript());
    for (std::size_t i = 0; i < shown.size(); ++i) shown[i] ^= flipped[i];
    const auto server_nonce = filled<32>(0x11);
    const json::value params(json::object{{"key", said.key},
                                          {"mechanism", said.mechanism},
                                          {"binding", said.binding},
                                          {"nonce", base64_encode(said.client_nonce)},
                                          {"proof", base64_encode(shown)}});
    const auto who = check_login(&params, keys(), hello_text, server_nonce, {});

    const auto known = keys().find(said.key);
    const bool good = said == proved && said.mechanism == mechanism_hmac_sha256 && said.binding == binding_none &&
                      said.hello == hello_text && said.client_nonce != server_nonce && flipped == proof{} &&
                      known != keys().end() &&
                      equal_in_constant_time(client_proof(known->second.key, "x"), client_proof(secret, "x"));
    check(who.has_value() == good, good ? "a good login is refused" : "a bad login is taken");
    if (!who) return;
    check(who->key_id == said.key && who->allowed == known->second.allowed, "another client is logged in");
    check(who->server_proof == server_proof(secret, said.transcript()) && who->server_proof != shown,
          "the server proves something else");
}

/// Any params: no client finds a proof by chance.
void login_by_text(source input) {
    static json_reader reader;
    const tug::test::exact_copy text(input.rest());
    const auto parsed = reader.parse(text.text());
    if (!parsed) return;
    check(!check_login(*parsed, keys(), hello_text, filled<32>(0x11), {}), "a login by chance");
}

// --- the transcript --------------------------------------------------------------------------------------------------

/// The fields can be read back from it, so that no two logins have one transcript.
void transcript(source input) {
    const auto hello = input.piece();
    const auto key = input.piece();
    const auto mechanism = input.piece();
    const auto binding = input.piece();
    const auto data = input.piece();
    const auto client_nonce = filled<32>(static_cast<unsigned char>(input.byte()));
    const auto text = auth_transcript(hello, key, mechanism, binding, std::as_bytes(std::span(data)), client_nonce);
    std::string_view left = text;
    const std::string_view label("tug-auth/1\0", 11);
    check(left.starts_with(label), "a transcript without its label");
    left.remove_prefix(label.size());
    const std::string_view nonce_text(reinterpret_cast<const char*>(client_nonce.data()), client_nonce.size());
    for (const auto field : {hello, key, mechanism, binding, data, nonce_text}) {
        check(left.size() >= 4 && left.starts_with(std::string_view("\0\0\0", 3)), "a transcript without a length");
        check(static_cast<unsigned char>(left[3]) == field.size(), "a transcript with another length");
        check(left.substr(4).starts_with(field), "a transcript with another field");
        left.remove_prefix(4 + field.size());
    }
    check(left.empty(), "a transcript with more in it");
    check(client_proof(key_of(1), text) != server_proof(key_of(1), text), "a proof that can be reflected");
}

// --- key files -------------------------------------------------------------------------------------------------------

/// A file of that content that only its owner reads, without a file system.
class memory_file {
public:
    explicit memory_file(std::string_view content) : fd_(::memfd_create("keys", MFD_CLOEXEC)) {
        check(fd_ >= 0 && ::fchmod(fd_, 0600) == 0, "no memory for a file");
        check(::write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()), "a short write");
    }

    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    ~memory_file() { ::close(fd_); }

    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

/// No message repeats what looks like a key.
void check_silent(std::string_view message, std::string_view text) {
    while (!text.empty()) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
        const auto word = text.substr(0, text.find_first_of(" \t\r\n"));
        text.remove_prefix(word.size());
        check(word.size() < 44 || message.find(word) == std::string_view::npos, "a message repeats a key");
    }
}

std::string written(const key_ring& ring) {
    std::string out;
    for (const auto& [id, entry] : ring) {
        std::string allowed;
        for (const auto& name : entry.allowed.names()) allowed.append(allowed.empty() ? "" : ",").append(name);
        out.append(id).append(" ").append(base64_encode(entry.key.bytes())).append(" ").append(allowed).append("\n");
    }
    return out;
}

/// The daemon and the client read the same keys from one file.
void key_file(source input) {
    const tug::test::exact_copy text(input.rest());
    const memory_file file(text.text());
    const auto ring = parse_keys(text.text());
    if (!ring) {
        check(ring.error().code == errc::bad_key_file && !ring.error().message.empty(), "no name for a bad key file");
        check_silent(ring.error().message, text.text());
    } else {
        const auto again = parse_keys(written(*ring));
        check(again && written(*again) == written(*ring), "other keys came back");
        for (const auto& [id, entry] : *ring) {
            const auto mine = tug::credentials::from_file(file.path(), id);
            check(mine.key_id() == id && std::ranges::equal(mine.key().bytes(), entry.key.bytes()),
                  "the client reads another key than the daemon");
        }
    }
    try {
        const auto first = tug::credentials::from_file(file.path());
        check(!first.key_id().empty(), "a key without an id");
        check(!ring || ring->contains(first.key_id()), "a key that the daemon does not have");
    } catch (const tug::error& e) {
        check(e.code() == errc::bad_key_file && !ring, "the client refuses a key file of the daemon");
        check_silent(e.what(), text.text());
    }
}

// --- base64 ----------------------------------------------------------------------------------------------------------

void base64(source input) {
    const tug::test::exact_copy text(input.rest());
    const auto encoded = base64_encode(text.bytes());
    const auto decoded = base64_decode(encoded);
    check(decoded && std::ranges::equal(*decoded, text.bytes()), "other bytes came back");
    if (const auto bytes = base64_decode(text.text()))
        check(base64_encode(*bytes) == text.text(), "a text that is not canonical is taken");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    source input(tug::test::text_of(data, size));
    constexpr void (*parts[])(source) = {login_by_parts, login_by_text, transcript, key_file, base64};
    const auto part = parts[input.byte() % std::size(parts)];
    part(input);
    return 0;
}
