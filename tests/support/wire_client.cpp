#include "support/wire_client.hpp"

#include "support/program.hpp"

#include "tug/proto/base64.hpp"
#include "tug/proto/limits.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace json = boost::json;

namespace tug::test {

namespace {

constexpr std::size_t largest_body = 256 * 1024;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int connected(int family, const void* address, std::size_t size) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    if (::connect(fd, static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) != 0) {
        const int err = errno;
        ::close(fd);
        errno = err;
        fail("connect");
    }
    const timeval most{std::chrono::seconds(bound).count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    return fd;
}

int connect_to(const std::string& address) {
    if (address.starts_with("unix:")) {
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        address.copy(a.sun_path, sizeof a.sun_path - 1, 5);
        return connected(AF_UNIX, &a, sizeof a);
    }
    const auto colon = address.rfind(':');
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &a.sin_addr) != 1)
        throw std::runtime_error("no IPv4 address: " + address);
    const int fd = connected(AF_INET, &a, sizeof a);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

std::string notification(std::string_view method, const json::object& params) {
    return json::serialize(json::object{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

} // namespace

const json::object& wire_answer::result() const {
    if (const auto* r = envelope.if_contains("result")) return r->as_object();
    throw std::runtime_error("an error in the place of a result: " + json::serialize(envelope));
}

std::string wire_answer::error() const {
    if (envelope.contains("result")) return {};
    return std::string(data().at("name").as_string());
}

const json::object& wire_answer::data() const {
    return envelope.at("error").as_object().at("data").as_object();
}

wire_client::wire_client(const std::string& address) : fd_(connect_to(address)) {}

wire_client::~wire_client() {
    close();
}

wire_client::wire_client(wire_client&& other) noexcept {
    *this = std::move(other);
}

wire_client& wire_client::operator=(wire_client&& other) noexcept {
    std::swap(fd_, other.fd_);
    gives_credit = other.gives_credit;
    on_body = std::move(other.on_body);
    next_id_ = other.next_id_;
    taken_ = other.taken_;
    hello_envelope_ = std::move(other.hello_envelope_);
    in_ = std::move(other.in_);
    answers_ = std::move(other.answers_);
    output_ = std::move(other.output_);
    credit_ = std::move(other.credit_);
    return *this;
}

// --- opening ---------------------------------------------------------------------------------------------------------

json::object wire_client::hello() {
    hello_envelope_ = receive().envelope;
    return json::parse(hello_envelope_).as_object().at("params").as_object();
}

wire_answer wire_client::log_in(std::string_view key_id, const proto::secret_key& key) {
    proto::nonce nonce;
    nonce.fill(std::byte{0x22});
    const auto transcript =
        proto::auth_transcript(hello_envelope_, key_id, proto::mechanism_hmac_sha256, proto::binding_none, {}, nonce);
    return ask("rpc.authenticate", {{"key", key_id},
                                    {"mechanism", proto::mechanism_hmac_sha256},
                                    {"binding", proto::binding_none},
                                    {"nonce", proto::base64_encode(nonce)},
                                    {"proof", proto::base64_encode(proto::client_proof(key, transcript))}});
}

// --- frames ----------------------------------------------------------------------------------------------------------

void wire_client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0) fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

/// Has that many bytes behind taken_.
void wire_client::fill(std::size_t size) {
    if (in_.size() - taken_ >= size) return;
    in_.erase(0, std::exchange(taken_, 0));
    while (in_.size() < size) {
        const auto had = in_.size();
        in_.resize(std::max(size, had + 65536));
        const auto n = ::recv(fd_, in_.data() + had, in_.size() - had, 0);
        in_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (n < 0) fail("recv");
        if (n == 0) throw std::runtime_error("tugd has ended the connection");
    }
}

read_frame wire_client::receive() {
    const auto number = [&](std::size_t at) {
        std::uint32_t n = 0;
        std::memcpy(&n, in_.data() + taken_ + at, sizeof n);
        return static_cast<std::size_t>(ntohl(n));
    };
    fill(8);
    const auto envelope = number(0);
    const auto body = number(4);
    fill(8 + envelope + body);
    read_frame f{in_.substr(taken_ + 8, envelope), in_.substr(taken_ + 8 + envelope, body)};
    taken_ += 8 + envelope + body;
    return f;
}

std::uint64_t wire_client::call(std::string_view method, const json::object& params) {
    const auto id = next_id_++;
    send(frame(json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}})));
    return id;
}

void wire_client::notify(std::string_view method, const json::object& params, std::string_view body) {
    send(frame(notification(method, params), body));
}

// --- calls -----------------------------------------------------------------------------------------------------------

wire_answer wire_client::wait(std::uint64_t id) {
    while (!answered(id)) step();
    return answers_.extract(id).mapped();
}

void wire_client::step() {
    on_frame(receive());
}

void wire_client::on_frame(read_frame f) {
    auto envelope = json::parse(f.envelope).as_object();
    if (const auto* id = envelope.if_contains("id")) {
        if (!id->is_int64()) throw std::runtime_error("tugd complains: " + f.envelope);
        const auto number = id->to_number<std::uint64_t>();
        answers_[number] = {std::move(envelope)};
        return;
    }
    const auto& params = envelope.at("params").as_object();
    const auto& method = envelope.at("method").as_string();
    if (method == "rpc.data") return on_data(params, std::move(f.body));
    if (method == "rpc.credit") {
        const std::pair of(params.at("call").to_number<std::uint64_t>(), std::string(params.at("stream").as_string()));
        credit_.try_emplace(of, proto::limits().window).first->second += params.at("bytes").to_number<std::uint64_t>();
    }
}

void wire_client::on_data(const json::object& params, std::string body) {
    if (gives_credit && !body.empty())
        notify("rpc.credit", {{"call", params.at("call")}, {"stream", params.at("stream")}, {"bytes", body.size()}});
    if (on_body) return on_body(body);
    output(params.at("call").to_number<std::uint64_t>(), params.at("stream").as_string()) += body;
}

bool wire_client::write(std::uint64_t id, std::string_view stream, std::string_view bytes, bool eof) {
    auto& credit = credit_.try_emplace({id, std::string(stream)}, proto::limits().window).first->second;
    json::object where{{"call", id}, {"stream", stream}};
    while (!bytes.empty()) {
        while (credit == 0 && !answered(id)) step();
        if (answered(id)) return false;
        const auto size = std::min({bytes.size(), largest_body, static_cast<std::size_t>(credit)});
        notify("rpc.data", where, bytes.substr(0, size));
        bytes.remove_prefix(size);
        credit -= size;
    }
    if (eof) {
        where["eof"] = true;
        notify("rpc.data", where);
    }
    return true;
}

wire_answer wire_client::put(const std::string& path, std::string_view content, json::object params) {
    params["path"] = path;
    const auto id = call("put", params);
    write(id, "data", content);
    return wait(id);
}

// --- ending ----------------------------------------------------------------------------------------------------------

void wire_client::half_close() {
    ::shutdown(fd_, SHUT_WR);
}

void wire_client::close() {
    if (const int fd = std::exchange(fd_, -1); fd >= 0) ::close(fd);
}

void wire_client::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

bool wire_client::ended_by_peer() {
    if (taken_ != in_.size()) return false;
    char byte = 0;
    const auto n = ::recv(fd_, &byte, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET);
}

} // namespace tug::test
