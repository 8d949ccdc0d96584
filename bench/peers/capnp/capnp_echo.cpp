// Peer for small calls: Cap'n Proto RPC, server and load, each on one thread.
//
// usage: bench-capnp serve                                            it runs until it is killed
//        bench-capnp load PORT CONNECTIONS DEPTH PAYLOAD SECONDS PID  prints one line of JSON

#include "echo.capnp.h"
#include "report.hpp"

#include <capnp/ez-rpc.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace tug::bench;

class echo_server final : public Echo::Server {
    kj::Promise<void> ping(PingContext context) override {
        context.getResults().setPayload(context.getParams().getPayload());
        return kj::READY_NOW;
    }
};

void serve() {
    capnp::EzRpcServer server(kj::heap<echo_server>(), "127.0.0.1", 0);
    auto& scope = server.getWaitScope();
    std::printf("listening on 127.0.0.1:%u\n", server.getPort().wait(scope));
    std::fflush(stdout);
    kj::NEVER_DONE.wait(scope);
}

struct load_state {
    std::string payload{};
    std::uint64_t end = 0;
    latencies all{};
};

/// One call after the other until the time is over.
kj::Promise<void> ping_on(Echo::Client& to, load_state& state) {
    auto request = to.pingRequest();
    const auto* bytes = reinterpret_cast<const kj::byte*>(state.payload.data());
    request.setPayload(kj::ArrayPtr<const kj::byte>(bytes, state.payload.size()));
    const auto began = now_ns();
    return request.send().then([&to, &state, began](auto answer) -> kj::Promise<void> {
        if (answer.getPayload().size() != state.payload.size()) throw std::runtime_error("a wrong answer");
        const auto now = now_ns();
        state.all.record(now - began);
        if (now >= state.end) return kj::READY_NOW;
        return ping_on(to, state);
    });
}

void run_for(double seconds, std::vector<Echo::Client>& clients, unsigned long depth, load_state& state,
             kj::WaitScope& scope) {
    state.end = now_ns() + static_cast<std::uint64_t>(seconds * 1e9);
    kj::Vector<kj::Promise<void>> running;
    for (auto& c : clients)
        for (unsigned long d = 0; d < depth; ++d) running.add(ping_on(c, state));
    kj::joinPromises(running.releaseAsArray()).wait(scope);
}

void load(const std::vector<std::string>& args) {
    if (args.size() != 7) throw std::runtime_error("see the head of capnp_echo.cpp for its arguments");
    const auto depth = std::stoul(args[3]);
    const auto seconds = std::stod(args[5]);
    std::vector<std::unique_ptr<capnp::EzRpcClient>> connections;
    std::vector<Echo::Client> clients;
    for (unsigned long c = 0; c < std::stoul(args[2]); ++c) {
        connections.push_back(std::make_unique<capnp::EzRpcClient>("127.0.0.1", std::stoul(args[1])));
        clients.push_back(connections.back()->getMain<Echo>());
    }
    auto& scope = connections.front()->getWaitScope();
    load_state state;
    state.payload.assign(std::stoul(args[4]), 'x');
    run_for(seconds / 10, clients, depth, state, scope); // warm-up
    state.all = latencies();
    const meter used(static_cast<pid_t>(std::stol(args[6])));
    run_for(seconds, clients, depth, state, scope);
    report("rpc").add("server", "capnp").add(state.all.count(), "calls/s", used.read()).add(state.all).print();
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> args(argv + 1, argv + argc);
    try {
        if (args.size() == 1 && args[0] == "serve") serve();
        load(args);
    } catch (const kj::Exception& e) {
        std::fprintf(stderr, "bench-capnp: %s\n", e.getDescription().cStr());
        return 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-capnp: %s\n", e.what());
        return 1;
    }
    return 0;
}
