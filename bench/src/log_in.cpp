#include "log_in.hpp"

#include <tug/proto/auth.hpp>
#include <tug/proto/envelope.hpp>
#include <tug/proto/frame.hpp>
#include <tug/proto/hello.hpp>
#include <tug/proto/json_reader.hpp>

#include <sys/random.h>

#include <stdexcept>

namespace tug::bench {

namespace {

/// The envelope of the next frame, which has no body.
std::string receive_envelope(const unique_fd& from) {
    const auto bytes = receive_exactly(from, proto::frame_header::size);
    const auto header = proto::frame_header::decode(
        std::span<const std::byte, proto::frame_header::size>(std::as_bytes(std::span(bytes))));
    if (header.body != 0 || header.envelope > proto::login_envelope_limit)
        throw std::runtime_error("no tugd: an unexpected frame before login");
    return receive_exactly(from, header.envelope);
}

void send_envelope(const unique_fd& to, const std::string& envelope) {
    proto::frame_header header;
    header.envelope = static_cast<std::uint32_t>(envelope.size());
    const auto bytes = header.encode();
    send_all(to, std::span<const std::byte>(bytes));
    send_all(to, envelope);
}

proto::hello parse_hello(const std::string& envelope) {
    proto::json_reader reader;
    const auto json = reader.parse(envelope);
    if (!json) throw std::runtime_error("rpc.hello: " + json.error().message);
    const auto m = proto::classify(**json);
    if (!m || m->method != "rpc.hello" || m->params == nullptr || !m->params->is_object())
        throw std::runtime_error("the server said " + envelope);
    auto hello = proto::hello::parse(m->params->get_object());
    if (!hello) throw std::runtime_error("rpc.hello: " + hello.error().message);
    return std::move(*hello);
}

void check_answer(const std::string& envelope, const credentials& who, const std::string& transcript) {
    proto::json_reader reader;
    const auto json = reader.parse(envelope);
    if (!json) throw std::runtime_error("the answer to the login: " + json.error().message);
    const auto m = proto::classify(**json);
    if (!m || m->result == nullptr || !m->result->is_object()) throw std::runtime_error("login refused: " + envelope);
    const auto answer = proto::authenticate_result::parse(m->result->get_object());
    if (!answer || !proto::equal_in_constant_time(answer->proof, proto::server_proof(who.key(), transcript)))
        throw std::runtime_error("the server does not have the key");
}

void log_in(const unique_fd& fd, const std::string& hello_envelope, const credentials& who) {
    proto::authenticate_params login;
    if (::getrandom(login.nonce.data(), login.nonce.size(), 0) != static_cast<ssize_t>(login.nonce.size()))
        throw std::runtime_error("no random bytes");
    login.key = who.key_id();
    login.mechanism = proto::mechanism_hmac_sha256;
    login.binding = proto::binding_none;
    const auto transcript =
        proto::auth_transcript(hello_envelope, login.key, login.mechanism, login.binding, {}, login.nonce);
    login.proof = proto::client_proof(who.key(), transcript);
    std::string request;
    proto::append_request(request, proto::call_id(1), "rpc.authenticate", login.to_json());
    send_envelope(fd, request);
    check_answer(receive_envelope(fd), who, transcript);
}

} // namespace

unique_fd open_connection(const std::string& address, const std::optional<credentials>& who) {
    auto fd = connect_to(address);
    const auto envelope = receive_envelope(fd);
    const auto hello = parse_hello(envelope);
    if (hello.auth.empty() == who.has_value())
        throw std::runtime_error(who ? "a key was given, but the server asks for none" : "the server wants a key");
    if (who) log_in(fd, envelope, *who);
    return fd;
}

} // namespace tug::bench
