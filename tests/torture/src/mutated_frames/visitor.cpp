#include "mutated_frames/visitor.hpp"

#include "support/frames.hpp"
#include "support/tugd_under_test.hpp"
#include "tug/proto/auth.hpp"
#include "tug/proto/hello.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tug::torture {

namespace {

using namespace tug::proto;

constexpr std::string_view last_id = "the last";

int connected(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        throw std::system_error(errno, std::generic_category(), "connect " + path);
    return fd;
}

void must(bool good, const std::string& what) {
    if (!good) throw std::runtime_error(what);
}

} // namespace

visitor::visitor(const std::string& socket, script says, bool logs_in, leaving how, json_reader& reader)
    : fd_(connected(socket)), says_(std::move(says)), logs_in_(logs_in), how_(how), reader_(reader) {
    decoder_.set_limits(1'048'576, 1'048'576);
}

visitor::~visitor() {
    ::close(fd_);
}

std::string visitor::state() const {
    constexpr const char* names[] = {"hello", "login", "talking", "last ping", "leaving", "done"};
    return std::string(names[static_cast<int>(stage_)]) + (says_.in_step ? "" : ", out of step") +
           (logs_in_ ? "" : ", a stranger") + ", " + std::to_string(out_.size() - written_) + " bytes to write";
}

void visitor::go_on(bool readable, bool writable) {
    if (writable && wants_to_write()) write();
    if (readable && !is_done()) read();
    if (is_done() || wants_to_write()) return;
    if (stage_ == stage::talking) talk();
}

void visitor::write() {
    while (wants_to_write()) {
        const auto n = ::send(fd_, out_.data() + written_, out_.size() - written_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (n < 0) {
            written_ = out_.size(); // it has closed; what it said before is still read
            stage_ = stage::leaving;
            return;
        }
        written_ += static_cast<std::size_t>(n);
    }
}

/// All is said. In step and logged in, the server has to answer once more; else it has to end the connection.
void visitor::talk() {
    if (!says_.in_step || !logs_in_) return leave();
    out_ = test::frame(R"({"jsonrpc":"2.0","id":")" + std::string(last_id) + R"(","method":"rpc.ping"})");
    written_ = 0;
    stage_ = stage::last_ping;
    write();
}

void visitor::leave() {
    stage_ = stage::leaving;
    if (how_ == leaving::half_close) {
        ::shutdown(fd_, SHUT_WR); // fails where the server was faster, which is as good
        return;
    }
    if (how_ == leaving::reset) {
        const linger at_once{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    stage_ = stage::done;
}

void visitor::read() {
    static thread_local std::array<std::byte, 256 * 1024> buffer;
    const auto n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) {
        must(n == 0 || errno == ECONNRESET, "the connection ended in an odd way: " + std::to_string(errno));
        must(stage_ != stage::hello, "the server ended the connection without a word");
        must(n < 0 || !(decoder_.inside_envelope() || decoder_.inside_body()), "the server ended inside a frame");
        stage_ = stage::done;
        return;
    }
    decoder_.feed({buffer.data(), static_cast<std::size_t>(n)});
    for (;;) {
        const auto step = decoder_.next();
        if (step == frame_decoder::step::need_more) return;
        must(step != frame_decoder::step::failed,
             "the server sent a frame of wrong sizes: " + decoder_.error().message);
        if (step == frame_decoder::step::envelope) hear_envelope(decoder_.envelope());
        if (is_done()) return;
    }
}

void visitor::hear_envelope(std::string_view envelope) {
    const auto value = reader_.parse(envelope);
    must(value.has_value(), "the server sent what is no JSON: " + std::string(envelope));
    const auto m = classify(**value);
    must(m.has_value(), "the server sent what is no message: " + std::string(envelope));
    hear_message(*m, envelope);
}

void visitor::hear_message(const message& m, std::string_view envelope) {
    ++answers_;
    must(m.kind != message::type::request, "the server sent a request");
    if (m.error) {
        const auto why = decode_error(*m.error);
        must(why.code != errc::unknown_error && why.code != errc::internal_error,
             "the server sent an error of no name, or one of its own: " + std::string(envelope));
    }
    if (stage_ == stage::hello) return on_hello(m, envelope);
    if (stage_ == stage::login) {
        must(m.result != nullptr, "a login that is right was refused: " + std::string(envelope));
        stage_ = stage::talking;
        out_ = says_.bytes;
        written_ = 0;
        return write();
    }
    const bool last = m.kind == message::type::response && !m.id_is_null && m.id == call_id(std::string(last_id));
    if (stage_ != stage::last_ping || !last) return;
    heard_out_ = true;
    leave();
}

void visitor::on_hello(const message& m, std::string_view envelope) {
    must(m.method == "rpc.hello" && m.params && m.params->is_object(), "no hello: " + std::string(envelope));
    const auto hello = hello::parse(m.params->get_object());
    must(hello.has_value(), "a hello that cannot be read: " + std::string(envelope));
    if (!logs_in_) {
        stage_ = stage::talking;
        out_ = says_.bytes;
        return write();
    }
    authenticate_params login;
    login.key = test::test_key_id;
    login.mechanism = mechanism_hmac_sha256;
    login.binding = binding_none;
    login.nonce.fill(std::byte{0x5a});
    login.proof = client_proof(test::test_key(),
                               auth_transcript(envelope, login.key, login.mechanism, login.binding, {}, login.nonce));
    std::string text;
    append_request(text, call_id("log in"), "rpc.authenticate", login.to_json());
    out_ = test::frame(text);
    stage_ = stage::login;
    write();
}

} // namespace tug::torture
