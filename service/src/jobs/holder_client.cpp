#include "jobs/holder_client.hpp"

#include "tug/net/tokens.hpp"

#include <tug/os/errno.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using net::as_tuple;
constexpr std::size_t scratch_bytes = 16 * 1024;

/// A socket in the file system is connected to at once, or not at all. Empty where nobody listens.
proto::result<os::unique_fd> connect_to(const std::string& path) {
    os::unique_fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
    if (socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return socket;
    if (socket && (errno == ENOENT || errno == ECONNREFUSED)) return os::unique_fd();
    return os::file_failure(errno, "cannot connect to the holder of the job");
}

} // namespace

holder_client::holder_client(asio::any_io_executor executor)
    : executor_(executor), scratch_(scratch_bytes), changed_(executor), tasks_(executor) {}

holder_client::~holder_client() {
    if (io_) link_->protocol().detach(io_->call());
}

asio::awaitable<proto::result<bool>> holder_client::connect(const job_directory& to) {
    auto socket = connect_to(to.socket_path());
    if (!socket) co_return socket.error();
    if (!*socket) co_return false;
    net::stream_socket wrapped(executor_, asio::generic::stream_protocol(AF_UNIX, 0), socket->get());
    static_cast<void>(socket->release());
    link_ = std::make_shared<net::link>(net::transport(std::move(wrapped)), proto::role::client, proto::limits(),
                                        reader_, scratch_, net::timeouts());
    tasks_.spawn(read());
    while (!greeted_ && !answer_) co_await changed_.async_wait(as_tuple);
    co_return greeted_ && !answer_;
}

asio::awaitable<void> holder_client::read() {
    const auto link = link_;
    co_await link->read(*this);
    link->close();
    gone_ = true;
    changed_.notify_all();
    resolve(proto::failure(proto::errc::connection_lost, "the holder of the job has gone"));
}

proto::result<void> holder_client::start(std::string_view method, const boost::json::object& params,
                                         std::span<const proto::stream_spec> streams) {
    const auto lives = streams.empty() ? proto::call_class::short_lived : proto::call_class::bulk;
    auto begun = link_->protocol().start(method, params, streams, lives);
    if (!begun) return begun.error();
    io_.emplace(link_, *begun);
    link_->protocol().attach(io_->call(), *this);
    link_->flush_soon();
    return {};
}

void holder_client::on_event(proto::event& e) {
    if (e.kind == proto::event::type::greeted) {
        greeted_ = true;
        changed_.notify_all();
    } else if (e.kind == proto::event::type::failed) {
        link_->stop_reading();
    } else if (e.kind == proto::event::type::answered) {
        if (e.message.result != nullptr)
            resolve(proto::result<void>());
        else
            resolve(link_->protocol().why());
    }
}

void holder_client::resolve(proto::result<void> answer) {
    if (answer_) return;
    answer_ = std::move(answer);
    if (io_) io_->interrupt(proto::failure(proto::errc::cancelled));
    changed_.notify_all();
}

asio::awaitable<proto::result<void>> holder_client::wait() {
    while (!answer_) co_await changed_.async_wait(as_tuple);
    co_return *answer_;
}

asio::awaitable<void> holder_client::wait_gone() {
    while (!gone_) co_await changed_.async_wait(as_tuple);
}

asio::awaitable<void> holder_client::close() {
    if (io_) io_->interrupt(proto::failure(proto::errc::cancelled));
    if (link_) link_->close();
    tasks_.cancel();
    co_await tasks_.join();
    if (link_) co_await link_->join();
}

} // namespace tug::service
