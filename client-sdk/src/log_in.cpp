#include "establish.hpp"
#include "login.hpp"

#include <tug/os/random.hpp>
#include <tug/proto/auth.hpp>
#include <tug/proto/hello.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <string>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

/// The one mechanism that this side speaks has to be among those offered.
std::optional<failure> wrong_offer(const proto::hello& hello, bool have_key) {
    if (hello.auth.empty() && !have_key) return std::nullopt;
    if (hello.auth.empty())
        return failure(errc::server_auth_failed,
                       "a key was given, but the server asks for no login and proves nothing");
    if (!have_key) return failure(errc::auth_required, "the server has keys and none was given");
    if (std::ranges::find(hello.auth, proto::mechanism_hmac_sha256) == hello.auth.end())
        return failure(errc::unsupported_protocol, "the server offers no login by hmac-sha256");
    return std::nullopt;
}

/// What a relay says that its key may do; empty where the server itself asks for no login.
std::vector<std::string> permissions_told(const std::string& greeting) {
    boost::system::error_code ec;
    const auto message = boost::json::parse(greeting, ec);
    const auto* const all = ec ? nullptr : message.find_pointer("/params/permissions", ec);
    std::vector<std::string> out;
    if (all == nullptr || !all->is_array()) return out;
    for (const auto& one : all->get_array())
        if (one.is_string()) out.emplace_back(one.get_string());
    return out;
}

} // namespace

proto::result<std::optional<login>> begin_login(const proto::hello& hello, std::string_view envelope,
                                                const net::transport& on, const std::optional<credentials>& who) {
    if (auto wrong = wrong_offer(hello, who.has_value())) return std::move(*wrong);
    if (!who) return std::optional<login>();

    login out;
    auto& params = out.params;
    if (!os::fill_random(params.nonce)) return failure(errc::internal_error, "this system gives no random bytes");
    if (params.nonce == hello.nonce) return failure(errc::server_auth_failed, "the nonce of the server is our own");
    params.key = who->key_id();
    params.mechanism = proto::mechanism_hmac_sha256;
    params.binding = proto::binding_none;
    net::channel_secret secret{};
    std::span<const std::byte> bound_to;
    if (on.is_tls()) {
        if (std::ranges::find(hello.binding, proto::binding_tls_exporter) == hello.binding.end())
            return failure(errc::unsupported_protocol, "the server does not bind the login to its TLS connection");
        params.binding = proto::binding_tls_exporter;
        secret = on.tls_exporter();
        bound_to = secret;
    }
    out.transcript =
        proto::auth_transcript(envelope, params.key, params.mechanism, params.binding, bound_to, params.nonce);
    params.proof = proto::client_proof(who->key(), out.transcript);
    return std::optional(std::move(out));
}

/// The server has to know the key as well: it proves it over the same transcript.
proto::result<std::vector<std::string>> check_login(const boost::json::value& answer, const credentials& who,
                                                    const login& begun) {
    const auto* members = answer.if_object();
    if (!members) return failure(errc::server_auth_failed, "the answer to the login is no object");
    auto parsed = proto::authenticate_result::parse(*members);
    if (!parsed) return failure(errc::server_auth_failed, "the answer to the login: " + parsed.error().message);
    if (!proto::equal_in_constant_time(parsed->proof, proto::server_proof(who.key(), begun.transcript)))
        return failure(errc::server_auth_failed, "the server does not have the key \"" + who.key_id() + "\"");
    return std::move(parsed->permissions);
}

asio::awaitable<proto::result<void>> log_in(std::shared_ptr<session> s, const std::optional<credentials>& who) {
    const auto begun = begin_login(s->protocol().peer_hello(), s->protocol().hello_envelope(), s->stream(), who);
    if (!begun) co_return begun.error();
    if (!*begun) {
        s->permissions = permissions_told(s->protocol().hello_envelope());
        co_return proto::result<void>();
    }
    const auto answer = co_await s->request("rpc.authenticate", (*begun)->params.to_json());
    if (!answer) co_return answer.error();
    auto permissions = check_login(*answer, *who, **begun);
    if (!permissions) co_return permissions.error();
    s->permissions = std::move(*permissions);
    co_return proto::result<void>();
}

} // namespace tug::detail
