#include "tug/service/endpoint.hpp"

#include <tug/proto/exec_messages.hpp>
#include <tug/proto/member_reader.hpp>

namespace tug::service {

endpoint::endpoint(std::string name, permission need, std::vector<proto::stream_spec> streams, handler serve)
    : name_(std::move(name)), need_(need), streams_(std::move(streams)) {
    accept_ = [streams = streams_,
               serve = std::move(serve)](const boost::json::object& params) -> proto::result<accepted_call> {
        proto::member_reader in(params);
        const auto timeout = in.count("timeout_ms", 1, proto::max_timeout_ms);
        if (auto wrong = in.finish_lenient()) return std::move(*wrong);
        accepted_call out{streams, std::nullopt, serve};
        if (out.streams.empty()) out.lives = proto::call_class::short_lived;
        if (timeout) out.timeout = std::chrono::milliseconds(*timeout);
        return out;
    };
}

endpoint::endpoint(std::string name, permission need, acceptor accept, boost::json::object description)
    : name_(std::move(name)), need_(need), accept_(std::move(accept)), description_(std::move(description)) {}

} // namespace tug::service
