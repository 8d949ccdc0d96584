// Drives one connection by the input: what the peer sends, how it is cut, and what the application does in between.
// The layout of an input is written down in make_seeds.py.

#include "input.hpp"
#include "output_check.hpp"
#include "support/frames.hpp"
#include "tug/proto/connection.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tug::proto;
using tug::test::check;
using tug::test::output_check;
using tug::test::source;
namespace json = boost::json;

class driver {
public:
    driver(unsigned setup, source& input)
        : side_((setup & 1) != 0 ? role::client : role::server),
          sizes_(sizes_of(setup)),
          it_(side_, sizes_, reader_),
          input_(input),
          output_(side_) {
        hello h;
        h.server = "tug/fuzz";
        h.limits = sizes_;
        if ((setup & 2) != 0) h.auth.emplace_back(mechanism_hmac_sha256);
        if (side_ == role::server)
            it_.greet(h);
        else if ((setup & 2) == 0)
            be_greeted(h);
    }

    void run() {
        while (!input_.empty()) {
            const auto op = input_.byte();
            hear((op & 0x10) != 0 ? next_frame() : std::string(input_.take(input_.byte())), (op & 8) != 0);
            const bool over = it_.over();
            const auto before = it_.output().size();
            act(op & 7, op >> 5);
            check(!over || it_.output().size() <= before, "something was sent after the end");
            write(SIZE_MAX);
        }
        it_.end_of_input();
        handle_all();
        for (const auto& c : calls_) take_all(*c);
        write(SIZE_MAX);
    }

private:
    static limits sizes_of(unsigned setup) {
        limits sizes;
        constexpr std::uint64_t windows[] = {16, 300, 65'536, 1'048'576};
        sizes.window = windows[setup >> 2 & 3];
        sizes.in_flight = 8;
        return sizes;
    }

    void be_greeted(const hello& h) {
        std::string text;
        append_notification(text, "rpc.hello", h.to_json());
        hear(tug::test::frame(text));
        check(it_.admitted(), "a hello of ours was refused");
    }

    /// A frame whose sizes are right, so that a change of its text does not hide the rest of the input.
    std::string next_frame() {
        auto envelope = input_.byte() << 8;
        envelope |= input_.byte();
        const auto body = input_.byte();
        const auto text = input_.take(envelope);
        return tug::test::frame(text, input_.take(body));
    }

    void hear(std::string_view bytes, bool in_place = false) {
        if (in_place) {
            const auto room = it_.body_room();
            const auto n = std::min(room.size(), bytes.size());
            std::ranges::copy(tug::test::bytes_of(bytes.substr(0, n)), room.begin());
            it_.commit_body(n);
            bytes.remove_prefix(n);
        }
        const tug::test::exact_copy copy(bytes);
        it_.feed(copy.bytes());
        handle_all();
    }

    void handle_all() {
        for (;;) {
            const bool over = it_.over();
            const auto e = it_.next();
            if (e.kind == event::type::need_more) break;
            check(!over, "an event after the end");
            handle(e);
        }
        check(!it_.over() || (!it_.inside_body() && !it_.inside_envelope()), "inside a frame after the end");
        for (const auto& c : it_.calls())
            for (const auto& s : c->inbound) check(s.credit() <= it_.sizes().window, "more credit than the window");
    }

    void handle(const event& e) {
        if (e.kind == event::type::request) on_request(e.message);
        if (e.kind == event::type::failed) {
            check(it_.over() && it_.calls().empty(), "it failed and goes on");
            check(!it_.why().message.empty() || side_ == role::client, "it failed without a word");
        }
        if (e.kind == event::type::answered) {
            check(!e.call->open, "an answered call is open");
            const bool whole =
                std::ranges::all_of(e.call->inbound, [](const auto& s) { return s.eof() || s.stopped(); });
            check(!e.message.result || whole, "a result before eof");
        }
        if (e.kind == event::type::data) check(e.stream < e.call->inbound.size(), "data of no stream");
        if (e.kind == event::type::started) check(e.call->pid.has_value(), "a start without a pid");
        if (e.kind == event::type::credit || e.kind == event::type::stopped)
            check(e.stream < e.call->outbound.size(), "credit of no stream");
    }

    static std::vector<stream_spec> streams_of(std::string_view method) {
        if (method == "exec")
            return {
                {"stdin", direction::to_server}, {"stdout", direction::to_client}, {"stderr", direction::to_client}};
        if (method == "put") return {{"data", direction::to_server, true, true, false, true}};
        if (method == "get") return {{"data", direction::to_client}};
        return {};
    }

    void on_request(const message& m) {
        if (!it_.admitted()) return it_.admit(m.id, {});
        const auto streams = streams_of(m.method);
        if (streams.empty() && m.method == "rpc.ping") return it_.respond(m.id, m.params ? *m.params : json::value());
        if (streams.empty()) return it_.refuse(m.id, {errc::method_not_found, std::string(m.method)});
        const auto c = it_.open(m.id, streams, call_class::bulk);
        if (!c) return it_.refuse(m.id, c.error());
        output_.opened(m.id);
        calls_.push_back(*c);
    }

    /// What the application does, to the call that `which` stands for.
    void act(unsigned what, unsigned which) {
        if (side_ == role::client && what >= 6) return start_call(what, which);
        if (calls_.empty()) return;
        auto& c = *calls_[calls_.size() - 1 - which % calls_.size()];
        switch (what) {
        case 1: return take_all(c);
        case 2: return side_ == role::server ? it_.finish(c, json::value(json::object())) : it_.cancel(c);
        case 3: return side_ == role::server ? it_.finish(c, failure(errc::io_error)) : it_.cancel(c);
        case 4: return send(c);
        case 5: return end(c);
        case 6: return it_.end_of_input();
        case 7: return write(which * 5);
        default: return;
        }
    }

    void start_call(unsigned what, unsigned which) {
        constexpr std::string_view methods[] = {"exec", "put", "get", "rpc.ping"};
        if (what == 7 && which == 7) return it_.say_bye();
        if (!it_.admitted()) return;
        const auto c = it_.start(methods[which % 4], {}, streams_of(methods[which % 4]), call_class::bulk);
        if (c) calls_.push_back(*c);
    }

    void take_all(call_state& c) {
        for (std::size_t i = 0; i < c.inbound.size(); ++i) {
            std::uint64_t waited = 0;
            while (const auto piece = it_.take(c, i)) waited += piece->size();
            check(waited <= it_.sizes().window, "more waited than the window");
        }
    }

    void send(call_state& c) {
        for (std::size_t i = 0; i < c.outbound.size(); ++i) {
            const auto n = std::min<std::size_t>(it_.sendable(c, i), 200);
            it_.send(c, i, chunk::copy_of(std::string(n, 'x')));
        }
    }

    void end(call_state& c) {
        for (std::size_t i = 0; i < c.outbound.size(); ++i) it_.send_eof(c, i);
        for (std::size_t i = 0; i < c.inbound.size(); ++i) it_.stop(c, i);
    }

    /// As a socket that takes up to `most` bytes.
    void write(std::size_t most) {
        std::vector<std::span<const std::byte>> buffers;
        it_.output().gather(buffers, 64);
        std::string text;
        for (const auto b : buffers) text.append(reinterpret_cast<const char*>(b.data()), b.size());
        text.resize(std::min(text.size(), most));
        it_.output().consume(text.size());
        output_.hear(text);
        if (most == SIZE_MAX && !it_.output().empty()) write(most);
    }

    role side_;
    limits sizes_;
    json_reader reader_;
    connection it_;
    source& input_;
    output_check output_;
    std::vector<call_ptr> calls_; ///< All that there were: an application may be late.
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    source input(tug::test::text_of(data, size));
    const auto setup = input.byte();
    driver(setup, input).run();
    return 0;
}
