#include "support/raw_client.hpp"

#include "support/program.hpp"
#include "support/talk.hpp"

#include "tug/proto/base64.hpp"
#include "tug/proto/digest.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace json = boost::json;

namespace tug::test {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in ipv4(const std::string& host, std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &a.sin_addr) != 1) throw std::runtime_error("no IPv4 address: " + host);
    return a;
}

template <class Address>
int connected(const Address& address, int family, const std::string& from) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    if (!from.empty()) {
        const auto own = ipv4(from, 0);
        if (::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) fail("bind");
    }
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int err = std::exchange(errno, 0);
        ::close(fd);
        errno = err;
        fail("connect");
    }
    const timeval most{std::chrono::seconds(bound).count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    return fd;
}

int connect_to(const std::string& address, const std::string& from) {
    if (address.starts_with("unix:")) {
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        address.copy(a.sun_path, sizeof a.sun_path - 1, 5);
        return connected(a, AF_UNIX, {});
    }
    const auto colon = address.rfind(':');
    const auto a = ipv4(address.substr(0, colon), static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    const int fd = connected(a, AF_INET, from);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

std::string member_text(const json::object& from, std::string_view name) {
    const auto* v = from.if_contains(name);
    return v ? json::serialize(*v) : std::string();
}

std::string stream_params(std::uint64_t id, std::string_view stream, std::string_view more = {}) {
    return R"({"call":)" + std::to_string(id) + R"(,"stream":)" + json_text(stream) + std::string(more) + "}";
}

} // namespace

// --- what came -------------------------------------------------------------------------------------------------------

const json::object& received_call::result() const {
    if (const auto* r = answer.value().if_contains("result")) return r->as_object();
    throw std::runtime_error("an error in the place of a result: " + json::serialize(*answer));
}

std::string received_call::at(std::string_view member) const {
    return member_text(result(), member);
}

std::string received_call::error() const {
    const auto* e = answer.value().if_contains("error");
    return e ? std::string(e->at("data").at("name").as_string()) : std::string();
}

std::string received_call::data(std::string_view member) const {
    return member_text(answer.value().at("error").at("data").as_object(), member);
}

const std::string& received_call::text(std::string_view stream) const {
    static const std::string none;
    const auto at = streams.find(stream);
    return at == streams.end() ? none : at->second.bytes;
}

// --- the opening -----------------------------------------------------------------------------------------------------

raw_client::raw_client(const std::string& address, const std::string& from) : fd_(connect_to(address, from)) {}

raw_client::raw_client(const std::string& address, const tls_wish& how) : raw_client(address) {
    tls_ = std::make_unique<tls_peer>(fd_, how);
}

raw_client::~raw_client() {
    close();
}

raw_client::raw_client(raw_client&& other) noexcept {
    *this = std::move(other);
}

raw_client& raw_client::operator=(raw_client&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(tls_, other.tls_);
    gives_credit = other.gives_credit;
    on_body = std::move(other.on_body);
    next_id_ = other.next_id_;
    hello_envelope_ = std::move(other.hello_envelope_);
    in_ = std::move(other.in_);
    taken_ = other.taken_;
    calls_ = std::move(other.calls_);
    return *this;
}

json::object raw_client::hello() {
    hello_envelope_ = receive().envelope;
    return json::parse(hello_envelope_).at("params").as_object();
}

json::object raw_client::login_params(std::string_view key_id, const proto::secret_key& key) const {
    proto::nonce nonce;
    nonce.fill(std::byte{0x22});
    const auto binding = tls_ ? proto::binding_tls_exporter : proto::binding_none;
    const auto bound_to = tls_ ? tls_->exporter() : std::string();
    const auto transcript = proto::auth_transcript(hello_envelope_, key_id, proto::mechanism_hmac_sha256, binding,
                                                   bytes_of(bound_to), nonce);
    return {{"key", key_id},
            {"mechanism", proto::mechanism_hmac_sha256},
            {"binding", binding},
            {"nonce", proto::base64_encode(nonce)},
            {"proof", proto::base64_encode(proto::client_proof(key, transcript))}};
}

const received_call& raw_client::authenticate(std::string_view key_id, const proto::secret_key& key) {
    return ask("rpc.authenticate", json::serialize(login_params(key_id, key)));
}

void raw_client::log_in(std::string_view key_id, const proto::secret_key& key) {
    hello();
    static_cast<void>(authenticate(key_id, key).result());
}

// --- bytes and frames ------------------------------------------------------------------------------------------------

void raw_client::send(std::string_view bytes) {
    if (!try_send(bytes)) fail("send");
}

bool raw_client::try_send(std::string_view bytes) noexcept {
    if (tls_) {
        try {
            return tls_->write(bytes), true;
        } catch (const std::runtime_error&) {
            return false;
        }
    }
    while (!bytes.empty()) {
        const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void raw_client::await_read() const {
    const auto until = std::chrono::steady_clock::now() + bound;
    for (int waiting = 1; waiting > 0; ::poll(nullptr, 0, waiting > 0 ? 1 : 0)) {
        if (::ioctl(fd_, SIOCOUTQ, &waiting) != 0) fail("SIOCOUTQ");
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the server reads no more");
    }
}

bool raw_client::has_input(int milliseconds) const {
    if (taken_ < in_.size() || (tls_ && tls_->has_input())) return true;
    pollfd p{fd_, POLLIN, 0};
    return ::poll(&p, 1, milliseconds) > 0;
}

ssize_t raw_client::read_some(char* to, std::size_t most) {
    return tls_ ? static_cast<ssize_t>(tls_->read(to, most)) : ::recv(fd_, to, most, MSG_DONTWAIT);
}

/// Has that many bytes behind taken_; false where the connection ends before.
bool raw_client::fill(std::size_t size) {
    if (in_.size() - taken_ < size) in_.erase(0, std::exchange(taken_, 0));
    while (in_.size() - taken_ < size) {
        if (!has_input(static_cast<int>(std::chrono::milliseconds(bound).count())) && in_.size() - taken_ < size)
            throw std::runtime_error("the server says nothing");
        const auto had = in_.size();
        in_.resize(had + 256 * 1024);
        const auto n = read_some(in_.data() + had, in_.size() - had);
        in_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (n == 0 || (n < 0 && errno == ECONNRESET)) return false;
        if (n < 0 && errno != EAGAIN) fail("recv");
    }
    return true;
}

read_frame raw_client::receive() {
    const auto number = [&](std::size_t at) {
        std::uint32_t n = 0;
        std::memcpy(&n, in_.data() + taken_ + at, sizeof n);
        return static_cast<std::size_t>(ntohl(n));
    };
    const auto need = [&](std::size_t size) {
        if (!fill(size)) throw std::runtime_error("the server has ended the connection");
    };
    need(8);
    const auto envelope = number(0);
    const auto body = number(4);
    need(8 + envelope + body);
    read_frame f{in_.substr(taken_ + 8, envelope), in_.substr(taken_ + 8 + envelope, body)};
    taken_ += 8 + envelope + body;
    return f;
}

std::string raw_client::hear() {
    if (taken_ == in_.size() && !fill(1)) return "end";
    const auto f = receive();
    const auto line = talker::describe(f);
    return line == "result" ? "result " + json::serialize(f.json().at("id")) : line;
}

std::string raw_client::hear_of(std::string_view envelope, std::string_view body) {
    send(frame(envelope, body));
    return hear();
}

bool raw_client::is_served() {
    return hear_of(request(R"("is it served?")", "rpc.ping")) == R"(result "is it served?")";
}

// --- calls -----------------------------------------------------------------------------------------------------------

std::uint64_t raw_client::call(std::string_view method, std::string_view params) {
    const auto id = next_id_++;
    send(frame(request(std::to_string(id), method, params)));
    return id;
}

void raw_client::note(std::string_view method, std::string_view params, std::string_view body) {
    send(frame(notice(method, params), body));
}

void raw_client::write(std::uint64_t id, std::string_view stream, std::string_view bytes, bool eof) {
    note("rpc.data", stream_params(id, stream, eof ? R"(,"eof":true)" : ""), bytes);
}

void raw_client::stop(std::uint64_t id, std::string_view stream) {
    note("rpc.stop", stream_params(id, stream));
}

void raw_client::cancel(std::uint64_t id) {
    note("rpc.cancel", R"({"call":)" + std::to_string(id) + "}");
}

void raw_client::grant(std::uint64_t id, std::string_view stream, std::uint64_t bytes) {
    note("rpc.credit", stream_params(id, stream, R"(,"bytes":)" + std::to_string(bytes)));
}

const received_call& raw_client::wait(std::uint64_t id) {
    while (!is_answered(id)) step();
    return calls_[id];
}

const std::string& raw_client::read(std::uint64_t id, std::string_view stream, std::size_t bytes) {
    auto& s = calls_[id].streams[std::string(stream)];
    while (s.bytes.size() < bytes && !is_answered(id)) step();
    return s.bytes;
}

std::uint64_t raw_client::allowed(std::uint64_t id, std::string_view stream) const {
    const auto window = proto::limits().window;
    const auto c = calls_.find(id);
    if (c == calls_.end()) return window;
    const auto s = c->second.streams.find(stream);
    return s == c->second.streams.end() ? window : window + s->second.credit;
}

void raw_client::step() {
    const auto f = receive();
    auto envelope = json::parse(f.envelope).as_object();
    if (const auto* id = envelope.if_contains("id")) {
        if (!id->is_int64()) throw std::runtime_error("the server complains: " + f.envelope);
        auto& answer = calls_[id->to_number<std::uint64_t>()].answer;
        if (answer) throw std::runtime_error("a second answer: " + f.envelope);
        answer = std::move(envelope);
        return;
    }
    const auto& method = envelope.at("method").as_string();
    const auto& params = envelope.at("params").as_object();
    if (method == "rpc.data") return on_data(params, f.body);
    auto& s =
        calls_[params.at("call").to_number<std::uint64_t>()].streams[std::string(params.at("stream").as_string())];
    if (method == "rpc.credit") s.credit += params.at("bytes").to_number<std::uint64_t>();
    if (method == "rpc.stop") s.stopped = true;
}

void raw_client::on_data(const json::object& params, std::string_view body) {
    const auto id = params.at("call").to_number<std::uint64_t>();
    auto& c = calls_[id];
    const std::string name(params.at("stream").as_string());
    auto& s = c.streams[name];
    if (c.answer || s.eof) throw std::runtime_error("data where nothing may follow");
    if (on_body)
        on_body(body);
    else
        s.bytes += body;
    s.eof = params.contains("eof");
    // A server that has ended takes no more credit, but what it sent before can still be read.
    if (gives_credit && !body.empty())
        static_cast<void>(try_send(
            frame(notice("rpc.credit", stream_params(id, name, R"(,"bytes":)" + std::to_string(body.size()))))));
}

// --- the end ---------------------------------------------------------------------------------------------------------

void raw_client::half_close() {
    if (tls_) tls_->end();
    ::shutdown(fd_, SHUT_WR);
}

void raw_client::close() {
    if (const int fd = std::exchange(fd_, -1); fd >= 0) ::close(fd);
}

void raw_client::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

// --- samples ---------------------------------------------------------------------------------------------------------

std::string digest_of(std::string_view content) {
    proto::hasher h(proto::digest_kind::xxh3_128);
    h.update(bytes_of(content));
    return h.finish().to_string();
}

std::string sample_bytes(std::size_t size) {
    std::minstd_rand numbers(7);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(numbers() >> 8);
    return out;
}

std::string json_text(std::string_view text) {
    return json::serialize(json::string_view(text));
}

} // namespace tug::test
