#pragma once

#include "input.hpp"
#include "support/frames.hpp"
#include "tug/proto/connection.hpp"
#include "tug/proto/json_reader.hpp"

#include <map>
#include <string>
#include <string_view>

namespace tug::test {

/// Reads what the connection wrote as its peer would, and checks that it is in order.
class output_check {
public:
    explicit output_check(proto::role side) : server_(side == proto::role::server) {
        decoder_.set_limits(1'048'576, 1'048'576);
    }

    void opened(const proto::call_id& id) { ++open_[text_of(id)]; }

    void hear(std::string_view bytes) {
        decoder_.feed(bytes_of(bytes));
        for (;;) {
            const auto step = decoder_.next();
            if (step == proto::frame_decoder::step::need_more) return;
            check(step != proto::frame_decoder::step::failed, "a frame of ours has sizes that we refuse");
            if (step == proto::frame_decoder::step::envelope) read(decoder_.envelope());
        }
    }

private:
    static std::string text_of(const proto::call_id& id) {
        std::string out;
        id.append_to(out);
        return out;
    }

    void read(std::string_view envelope) {
        const auto value = reader_.parse(envelope);
        check(value.has_value(), "an envelope of ours is no JSON");
        const auto m = proto::classify(**value);
        check(m.has_value(), "an envelope of ours is no message");
        check(decoder_.body_size() == 0 || m->method == "rpc.data", "a body of ours is on no rpc.data");
        check((m->kind == proto::message::type::response) <= server_, "a client has answered");
        check((m->kind == proto::message::type::request) <= !server_, "a server has asked");
        if (m->error)
            check(proto::decode_error(*m->error).code != proto::errc::unknown_error, "an error of ours has no name");
        if (server_) read_as_client(*m);
    }

    /// After its answer nothing is sent for a call.
    void read_as_client(const proto::message& m) {
        if (m.kind == proto::message::type::response) {
            const auto at = m.id_is_null ? open_.end() : open_.find(text_of(m.id));
            if (at != open_.end() && at->second > 0) --at->second;
        } else if (m.method != "rpc.hello") {
            const auto id = proto::call_id::from(m.params->at("call"));
            check(id && open_[text_of(*id)] > 0, "a stream of a call that was answered");
        }
    }

    bool server_;
    proto::frame_decoder decoder_;
    proto::json_reader reader_;
    std::map<std::string, int> open_; ///< Calls that were opened and not answered.
};

} // namespace tug::test
