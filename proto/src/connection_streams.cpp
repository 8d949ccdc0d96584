// The streams of a connection: rpc.data, rpc.credit, rpc.stop and rpc.cancel, both ways.

#include "tug/proto/compression.hpp"
#include "tug/proto/connection.hpp"
#include "tug/proto/member_reader.hpp"

#include <algorithm>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

template <class Streams>
std::optional<std::size_t> index_of(const Streams& streams, std::string_view name) noexcept {
    for (std::size_t i = 0; i < streams.size(); ++i)
        if (streams[i].spec().name == name) return i;
    return std::nullopt;
}

failure malformed(std::string_view method, const std::optional<failure>& wrong, std::string_view otherwise) {
    return {errc::invalid_request, std::string(method) + ": " + (wrong ? wrong->message : std::string(otherwise))};
}

void write_credit(outbox& to, std::uint32_t most, const call_state& c, const inbound_stream& s, std::uint64_t bytes) {
    append_credit(to.begin_frame(), c.id, s.spec().name, bytes);
    to.end_frame(most);
}

} // namespace

// --- from the peer ---------------------------------------------------------------------------------------------------

std::optional<event> connection::on_data(const message& m, const call_ptr& c) {
    member_reader in(m.params->get_object());
    in.any("call");
    const auto name = in.required("stream", in.view("stream"));
    const auto index = index_of(c->inbound, name);
    const bool eof = in.flag("eof").value_or(false);
    const json::value* digest = nullptr;
    if (index && eof && c->inbound[*index].spec().takes_digest) digest = in.any("digest");
    std::optional<std::uint64_t> offset;
    if (index && c->inbound[*index].spec().has_offset) offset = in.count("offset");
    std::uint64_t packed = 0;
    if (index && c->inbound[*index].spec().may_be_packed) packed = in.count("zstd", 1, max_unpacked).value_or(0);
    const auto wrong = in.finish();
    if (wrong || !index) return fatal(malformed("rpc.data", wrong, "no such stream that way"));
    if (packed > 0 && (decoder_.body_size() == 0 || decoder_.body_size() > max_packed))
        return fatal(malformed("rpc.data", wrong, "a compressed body has 1 to 262144 bytes"));
    auto& s = c->inbound[*index];
    if (s.eof()) return fatal(malformed("rpc.data", wrong, "data after eof"));
    if (decoder_.body_size() > s.credit())
        return fatal({errc::flow_control_violation, "a body of " + std::to_string(decoder_.body_size()) +
                                                        " bytes on a stream with credit for " +
                                                        std::to_string(s.credit())});
    s.use_credit(decoder_.body_size(), now_, trip_);
    target_.call = c;
    target_.stream = *index;
    target_.eof = eof;
    target_.offset = offset;
    target_.packed = static_cast<std::uint32_t>(packed);
    if (digest) target_.digest = digest->is_string() ? std::string(digest->get_string()) : std::string();
    if (decoder_.body_size() > 0 && !s.stopped()) decoder_.want_body();
    return std::nullopt;
}

std::optional<event> connection::on_piece() {
    auto piece = decoder_.take_piece();
    // The call may have been answered, or its stream stopped, while the body came.
    if (!target_.call || !target_.call->open) return std::nullopt;
    auto& s = target_.call->inbound[target_.stream];
    if (s.stopped()) return std::nullopt;
    piece.set_packed(target_.packed); // such a body is never more than one piece
    s.push(std::move(piece), now_, std::exchange(target_.offset, std::nullopt));
    return event{event::type::data, target_.call, target_.stream};
}

std::optional<event> connection::on_body_end() {
    if (!target_.call) return std::nullopt; // hot: mostly there was no body
    const auto target = std::exchange(target_, {});
    if (!target.call->open || !target.eof) return std::nullopt;
    target.call->inbound[target.stream].set_eof(target.digest, target.offset); // taken already where a body came
    return event{event::type::data, target.call, target.stream};
}

std::optional<event> connection::on_credit(const message& m, const call_ptr& c) {
    member_reader in(m.params->get_object());
    in.any("call");
    const auto index = index_of(c->outbound, in.required("stream", in.view("stream")));
    const auto bytes = in.required("bytes", in.count("bytes"));
    std::optional<std::uint64_t> start;
    if (index && c->outbound[*index].spec().awaits_start) start = in.count("offset");
    const auto wrong = in.finish();
    if (wrong || !index) return fatal(malformed("rpc.credit", wrong, "no such stream that way"));
    c->outbound[*index].grant(bytes);
    if (start) c->outbound[*index].set_start(*start);
    return event{event::type::credit, c, *index};
}

std::optional<event> connection::on_stop(const message& m, const call_ptr& c) {
    member_reader in(m.params->get_object());
    in.any("call");
    const auto index = index_of(c->outbound, in.required("stream", in.view("stream")));
    const auto wrong = in.finish();
    if (wrong || !index) return fatal(malformed("rpc.stop", wrong, "no such stream that way"));
    c->outbound[*index].set_stopped();
    return event{event::type::stopped, c, *index};
}

std::optional<event> connection::on_started(const message& m, const call_ptr& c) {
    member_reader in(m.params->get_object());
    in.any("call");
    const auto pid = in.required("pid", in.count("pid", 1));
    if (const auto wrong = in.finish()) return fatal(malformed("rpc.started", wrong, ""));
    c->pid = static_cast<std::int64_t>(pid);
    return event{event::type::started, c};
}

std::optional<event> connection::on_cancel(const message& m, const call_ptr& c) {
    if (role_ == role::client) return fatal({errc::protocol_violation, "the server sent rpc.cancel"});
    member_reader in(m.params->get_object());
    in.any("call");
    if (const auto wrong = in.finish()) return fatal(malformed("rpc.cancel", wrong, ""));
    return event{event::type::cancelled, c};
}

// --- to the peer -----------------------------------------------------------------------------------------------------

std::size_t connection::sendable(const call_state& c, std::size_t stream) const noexcept {
    const auto& s = c.outbound[stream];
    if (!c.open || s.ended()) return 0;
    return static_cast<std::size_t>(std::min<std::uint64_t>(s.credit(), limits_.body));
}

void connection::send(call_state& c, std::size_t stream, chunk piece) {
    if (!c.open || piece.empty()) return;
    auto& s = c.outbound[stream];
    s.use_credit(piece.size());
    append_data(out_.begin_frame(), c.id, s.spec().name, s.take_offset(), piece.packed());
    out_.end_frame(limits_.envelope, std::move(piece));
}

void connection::send_eof(call_state& c, std::size_t stream, std::string_view digest) {
    auto& s = c.outbound[stream];
    if (!c.open || s.ended()) return;
    s.set_eof();
    append_eof(out_.begin_frame(), c.id, s.spec().name, digest, s.take_offset());
    out_.end_frame(limits_.envelope);
}

std::optional<chunk> connection::take(call_state& c, std::size_t stream) {
    auto& s = c.inbound[stream];
    if (const auto bytes = s.take_grant(now_, trip_); bytes > 0 && c.open)
        write_credit(out_, limits_.envelope, c, s, bytes);
    return take_more(c, stream);
}

std::optional<chunk> connection::take_more(call_state& c, std::size_t stream) {
    auto& s = c.inbound[stream];
    if (!s.has_data()) return std::nullopt;
    return s.pop();
}

void connection::say_start(call_state& c, std::size_t stream, std::uint64_t position) {
    if (!c.open) return;
    append_credit(out_.begin_frame(), c.id, c.inbound[stream].spec().name, 0, position);
    out_.end_frame(limits_.envelope);
}

void connection::say_ready(call_state& c, std::size_t stream) {
    if (c.open) write_credit(out_, limits_.envelope, c, c.inbound[stream], 0);
}

void connection::widen(call_state& c, std::size_t stream) {
    auto& s = c.inbound[stream];
    if (!c.open || s.stopped()) return;
    if (const auto bytes = s.widen(now_, trip_); bytes > 0) write_credit(out_, limits_.envelope, c, s, bytes);
}

void connection::stop(call_state& c, std::size_t stream) {
    auto& s = c.inbound[stream];
    if (s.stopped()) return;
    s.set_stopped();
    if (!c.open || s.eof()) return;
    append_stop(out_.begin_frame(), c.id, s.spec().name);
    out_.end_frame(limits_.envelope);
}

} // namespace tug::proto
