// The load for bench-grpc-server: on each of CONNECTIONS channels DEPTH streams, each with one message in flight.
//
// usage: bench-grpc-client PORT CONNECTIONS DEPTH PAYLOAD SECONDS SERVER_PID; prints one line of JSON.

#include "echo.grpc.pb.h"
#include "report.hpp"

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace tug::bench;

/// One stream. It is the tag of its only operation in flight.
class ping_stream {
public:
    ping_stream(bench::Echo::Stub& stub, grpc::CompletionQueue& queue, const std::string& payload)
        : stream_(stub.AsyncPing(&context_, &queue, this)) {
        request_.set_payload(payload);
    }

    void proceed(bool ok, latencies& all) {
        if (!ok) throw std::runtime_error("the stream broke");
        if (state_ == state::writing) {
            state_ = state::reading;
            stream_->Read(&answer_, this);
            return;
        }
        if (state_ == state::reading) {
            if (answer_.payload() != request_.payload()) throw std::runtime_error("a wrong answer");
            all.record(now_ns() - began_);
        }
        state_ = state::writing;
        began_ = now_ns();
        stream_->Write(request_, this);
    }

private:
    enum class state { opening, writing, reading };

    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientAsyncReaderWriter<bench::EchoMessage, bench::EchoMessage>> stream_;
    bench::EchoMessage request_;
    bench::EchoMessage answer_;
    state state_ = state::opening;
    std::uint64_t began_ = 0;
};

void turn_until(grpc::CompletionQueue& queue, std::uint64_t end, latencies& all) {
    void* tag = nullptr;
    bool ok = false;
    while (now_ns() < end && queue.Next(&tag, &ok)) static_cast<ping_stream*>(tag)->proceed(ok, all);
}

void run(const std::vector<std::string>& args) {
    if (args.size() != 6) throw std::runtime_error("see the head of grpc_client.cpp for its arguments");
    const auto connections = std::stoul(args[1]);
    const auto depth = std::stoul(args[2]);
    const std::string payload(std::stoul(args[3]), 'x');
    const auto seconds = std::stod(args[4]);
    grpc::CompletionQueue queue;
    std::vector<std::unique_ptr<bench::Echo::Stub>> stubs;
    std::vector<std::unique_ptr<ping_stream>> streams;
    for (unsigned long c = 0; c < connections; ++c) {
        grpc::ChannelArguments own;
        own.SetInt("bench.channel", static_cast<int>(c)); // channels of equal arguments would share a connection
        own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        stubs.push_back(bench::Echo::NewStub(
            grpc::CreateCustomChannel("127.0.0.1:" + args[0], grpc::InsecureChannelCredentials(), own)));
        for (unsigned long d = 0; d < depth; ++d)
            streams.push_back(std::make_unique<ping_stream>(*stubs.back(), queue, payload));
    }
    latencies warm_up;
    turn_until(queue, now_ns() + static_cast<std::uint64_t>(seconds * 3e8), warm_up);
    latencies all;
    const meter used(static_cast<pid_t>(std::stol(args[5])));
    turn_until(queue, now_ns() + static_cast<std::uint64_t>(seconds * 1e9), all);
    report("rpc").add("server", "grpc").add(all.count(), "calls/s", used.read()).add(all).print();
    std::_Exit(0); // streams in flight need not be wound up
}

} // namespace

int main(int argc, char** argv) {
    try {
        run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-grpc-client: %s\n", e.what());
        return 1;
    }
    return 0;
}
