// Peer for small calls: gRPC C++ in its quickest form, bidirectional streams over the asynchronous interface, one
// completion queue and one thread.
//
// usage: bench-grpc-server; it runs until it is killed.

#include "echo.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace {

/// One stream: waits for a client, then reads and writes in turn. It is the tag of its only operation in flight, and
/// deletes itself when the stream has ended.
class echo_stream {
public:
    echo_stream(bench::Echo::AsyncService& service, grpc::ServerCompletionQueue& queue)
        : service_(service), queue_(queue), stream_(&context_) {
        service_.RequestPing(&context_, &stream_, &queue_, &queue_, this);
    }

    void proceed(bool ok) {
        if (!ok && state_ == state::finishing)
            delete this;
        else if (!ok)
            finish();
        else
            step();
    }

private:
    enum class state { waiting, reading, writing, finishing };

    void step() {
        switch (state_) {
        case state::waiting:
            new echo_stream(service_, queue_); // NOLINT: owns itself, as all tags here
            read();
            break;
        case state::reading:
            state_ = state::writing;
            stream_.Write(message_, this);
            break;
        case state::writing: read(); break;
        case state::finishing: delete this; break;
        }
    }

    void read() {
        state_ = state::reading;
        stream_.Read(&message_, this);
    }

    void finish() {
        if (state_ == state::waiting) { // the queue shuts down
            delete this;
            return;
        }
        state_ = state::finishing;
        stream_.Finish(grpc::Status::OK, this);
    }

    bench::Echo::AsyncService& service_;
    grpc::ServerCompletionQueue& queue_;
    grpc::ServerContext context_;
    grpc::ServerAsyncReaderWriter<bench::EchoMessage, bench::EchoMessage> stream_;
    bench::EchoMessage message_;
    state state_ = state::waiting;
};

} // namespace

int main() {
    bench::Echo::AsyncService service;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const auto queue = builder.AddCompletionQueue();
    const auto server = builder.BuildAndStart();
    if (!server) return 1;
    std::printf("listening on 127.0.0.1:%d\n", port);
    std::fflush(stdout);
    new echo_stream(service, *queue); // NOLINT: owns itself
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) static_cast<echo_stream*>(tag)->proceed(ok);
    return 0;
}
