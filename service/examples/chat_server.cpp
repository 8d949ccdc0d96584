// A chat room as an endpoint of an application that embeds the server: `chat.join` has a stream of lines in and one of
// lines out. A client that joins is greeted, what one says all others hear, and `q` leaves.
//
//     chat_server [HOST:PORT]     prints `chat listening on …` and serves until its standard input ends
//     chat_client HOST:PORT NAME  (an example of the SDK) joins

#include <tug/net/condition.hpp>
#include <tug/net/task_group.hpp>
#include <tug/os/standard_streams.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <iostream>
#include <list>
#include <string>

namespace asio = boost::asio;
namespace service = tug::service;
using tug::proto::chunk;
using tug::proto::direction;

namespace {

/// What a member has not heard yet. A member who does not listen misses the oldest lines; the room never waits.
struct member {
    explicit member(asio::any_io_executor executor) : news(std::move(executor)) {}

    void hear(std::string line) {
        if (unheard.size() == most_unheard) unheard.pop_front();
        unheard.push_back(std::move(line));
        news.notify_all();
    }

    static constexpr std::size_t most_unheard = 1000;
    std::string name;
    std::deque<std::string> unheard;
    bool leaving = false;
    tug::net::condition news;
};

/// The server runs with one thread, so that no lock is needed here.
class room {
public:
    asio::awaitable<service::answer> join(service::call& c) {
        const auto* name = c.params().if_contains("name");
        if (!name || !name->is_string()) co_return tug::proto::failure::bad_field("name", "is missing or no string");
        const auto me = members_.emplace(members_.end(), c.get_executor());
        me->name = name->get_string();
        me->hear("welcome, " + me->name + "; " + std::to_string(members_.size()) + " here; q leaves");
        say(*me, "* " + me->name + " joined");

        // Both end when the call has to, for then their streams fail. Nothing cancels this coroutine meanwhile: also a
        // member whose connection breaks is taken off the list.
        tug::net::task_group speaker(c.get_executor());
        speaker.spawn(speak(c, *me));
        co_await listen(c, *me);
        me->leaving = true;
        me->news.notify_all();
        co_await speaker.join();

        const auto gone = "* " + me->name + " left";
        members_.erase(me);
        for (auto& other : members_) other.hear(gone);
        co_return boost::json::value(boost::json::object());
    }

private:
    void say(const member& from, const std::string& line) {
        for (auto& other : members_)
            if (&other != &from) other.hear(line);
    }

    /// Takes lines until `q`, the end of the stream, or the end of the call.
    asio::awaitable<void> listen(service::call& c, member& me) {
        std::string text;
        for (;;) {
            const auto piece = co_await c.read(0);
            if (!piece || piece->empty()) co_return;
            text += piece->text();
            // A piece may hold several lines, or a part of one: bytes are a stream.
            for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
                const auto line = text.substr(0, end);
                text.erase(0, end + 1);
                if (line == "q") co_return;
                say(me, me.name + ": " + line);
            }
            if (text.size() > 4096) co_return; // no line is that long
        }
    }

    /// Sends what is heard until the member leaves and has heard all.
    asio::awaitable<void> speak(service::call& c, member& me) {
        for (;;) {
            while (!me.unheard.empty()) {
                auto line = chunk::copy_of(me.unheard.front() + "\n");
                me.unheard.pop_front();
                const auto sent = co_await c.write(0, std::move(line));
                if (!sent || !*sent) co_return;
            }
            if (me.leaving) co_return;
            co_await me.news.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

    std::list<member> members_;
};

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    try {
        service::options options;
        options.threads = 1;
        options.listen = {tug::net::address::parse(argc > 1 ? argv[1] : "127.0.0.1:0").value()};
        room lobby;
        service::server server(options, std::nullopt, service::server::no_log());
        server.add(service::endpoint("chat.join", service::permission::none,
                                     {{"in", direction::to_server}, {"out", direction::to_client}},
                                     [&](service::call& c) { return lobby.join(c); }));
        server.start();
        std::cout << "chat listening on " << server.addresses().front().to_string() << std::endl;
        std::string ignored;
        while (std::getline(std::cin, ignored)) {
        }
        server.stop();
        server.stop();
        server.wait();
    } catch (const std::exception& e) {
        std::cerr << "chat_server: " << e.what() << '\n';
        return 1;
    }
}
