#include "jobs/holder_server.hpp"

#include "tug/net/tokens.hpp"

#include "jobs/follower.hpp"
#include "os/exhausted.hpp"

#include <tug/net/link.hpp>
#include <tug/proto/hello.hpp>
#include <tug/proto/member_reader.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using net::as_tuple;

/// Small: a holder is to be so, too.
constexpr std::size_t client_scratch_bytes = 16 * 1024;

proto::limits sizes() {
    proto::limits out;
    out.window = proto::piece_size;
    return out;
}

} // namespace

/// One connection to a holder.
class holder_connection final : public net::link::owner, public std::enable_shared_from_this<holder_connection> {
public:
    holder_connection(holder_server& on, net::stream_socket socket)
        : server_(on),
          link_(std::make_shared<net::link>(net::transport(std::move(socket)), proto::role::server, sizes(), on.reader_,
                                            on.scratch_, net::timeouts())),
          calls_(link_->get_executor()) {}

    asio::awaitable<void> run() {
        proto::hello greeting;
        greeting.limits = sizes();
        link_->protocol().greet(greeting);
        link_->flush();
        co_await link_->read(*this);
        if (!stopping_) {
            link_->close();
            for (auto* one : followers_) one->end();
        }
        co_await calls_.join();
        if (stopping_) co_await link_->linger();
        co_await link_->join();
    }

    /// No more is read; what was answered still goes out.
    void stop() {
        stopping_ = true;
        link_->stop_reading();
    }

    void on_event(proto::event& e) override {
        if (e.kind == proto::event::type::failed) link_->stop_reading();
        if (e.kind != proto::event::type::request) return;
        const auto* params = e.message.params ? e.message.params->if_object() : nullptr;
        static const json::object none;
        const auto& p = params ? *params : none;
        if (e.message.method == "follow") return follow(e.message, p);
        answer(e.message, p);
    }

private:
    void answer(const proto::message& m, const json::object& params) {
        const auto done = act(m.method, params);
        if (done)
            link_->protocol().respond(m.id, json::object());
        else
            link_->protocol().refuse(m.id, done.error());
    }

    proto::result<void> act(std::string_view method, const json::object& params) {
        proto::member_reader in(params);
        auto& work = server_.job_.work();
        proto::failure ended(proto::errc::not_found, "the job has ended already");
        if (method == "end") {
            work.end(proto::exec_reason::cancelled);
            return {};
        }
        if (method == "signal") {
            const auto number = in.required("number", in.count("number", 1, 64));
            if (auto wrong = in.finish()) return *wrong;
            if (!work.signal(static_cast<int>(number))) return ended;
            return {};
        }
        if (method == "resize") {
            const auto rows = in.required("rows", in.count("rows", 1, 65'535));
            const auto cols = in.required("cols", in.count("cols", 1, 65'535));
            if (auto wrong = in.finish()) return *wrong;
            if (work.terminal() == nullptr) return proto::failure::bad_field("job", "has no terminal");
            if (!work.resize(static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(cols))) return ended;
            return {};
        }
        return proto::failure(proto::errc::method_not_found);
    }

    void follow(const proto::message& m, const json::object& params) {
        auto skip = may_write(params);
        if (!skip) return link_->protocol().refuse(m.id, skip.error());
        std::vector<proto::stream_spec> streams;
        streams.emplace_back("changes", proto::direction::to_client);
        if (*skip) streams.emplace_back("stdin", proto::direction::to_server);
        const auto opened = link_->protocol().open(m.id, streams, proto::call_class::bulk);
        if (!opened) return link_->protocol().refuse(m.id, opened.error());
        auto one = std::make_unique<follower>(server_, link_, *opened);
        if (*skip) one->write_from(**skip);
        calls_.spawn(serve(std::move(one)));
        // Who attaches has not seen what was drawn before.
        if (params.contains("redraw") && server_.job_.work().terminal() != nullptr)
            server_.job_.work().terminal()->redraw();
    }

    /// How much of what it will send the command has already; nothing where it is not to write.
    proto::result<std::optional<std::uint64_t>> may_write(const json::object& params) {
        const auto* from = params.if_contains("stdin");
        if (!from) return std::optional<std::uint64_t>();
        const auto* over = params.if_contains("take_over");
        const auto taken = server_.job_.input_bytes();
        if (server_.job_.work().standard_input() == nullptr)
            return proto::failure::bad_field("stdin", "is not to be had: the job was started without one");
        if (server_.writer_ != nullptr && !(over && over->is_bool() && over->get_bool()))
            return proto::failure(proto::errc::busy, "another attachment writes stdin; take_over takes it from there");
        if (from->is_bool()) return std::optional<std::uint64_t>(0);
        const auto position = from->to_number<std::uint64_t>();
        if (position > taken)
            return proto::failure(proto::errc::range_invalid, "the job was given " + std::to_string(taken) +
                                                                  " bytes of stdin; what lies between is missing");
        return std::optional<std::uint64_t>(taken - position);
    }

    asio::awaitable<void> serve(std::unique_ptr<follower> one) {
        followers_.push_back(one.get());
        co_await one->run();
        std::erase(followers_, one.get());
    }

    holder_server& server_;
    std::shared_ptr<net::link> link_;
    net::task_group calls_;
    std::vector<follower*> followers_;
    bool stopping_ = false;
};

holder_server::holder_server(asio::io_context& io, held_job& of)
    : io_(io), job_(of), socket_(io), pause_(io), scratch_(client_scratch_bytes), tasks_(io.get_executor()) {}

holder_server::~holder_server() = default;

asio::awaitable<void> holder_server::accept(os::unique_fd socket) {
    socket_.assign(socket.release());
    for (;;) {
        const auto [ec] = co_await socket_.async_wait(asio::posix::descriptor_base::wait_read, as_tuple);
        if (ec) co_return;
        os::unique_fd one(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
        if (one) {
            tasks_.spawn(serve(std::move(one)));
        } else if (is_exhausted(errno)) {
            pause_.expires_after(exhausted_pause);
            co_await pause_.async_wait(as_tuple);
        }
    }
}

asio::awaitable<void> holder_server::serve(os::unique_fd socket) {
    net::stream_socket wrapped(io_, asio::generic::stream_protocol(AF_UNIX, 0), socket.get());
    static_cast<void>(socket.release());
    const auto one = std::make_shared<holder_connection>(*this, std::move(wrapped));
    const auto at = connections_.insert(connections_.end(), one);
    co_await one->run();
    connections_.erase(at);
}

asio::awaitable<void> holder_server::stop() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
    for (const auto& one : connections_) one->stop();
    co_await tasks_.join();
}

} // namespace tug::service
