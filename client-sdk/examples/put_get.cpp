// Sends a file, fetches it back beside the original, and shows how far both are. Neither file is ever half there: each
// appears under its name when all of it has come and its digest is right.
//
//     put_get HOST:PORT FILE

#include <tug/os/standard_streams.hpp>
#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

namespace {

/// Says so whenever another tenth is done.
class tenths {
public:
    explicit tenths(std::string what) : what_(std::move(what)) {}

    void operator()(const tug::transfer_progress& now) {
        if (!now.total || *now.total == 0) return;
        const auto tenth = now.bytes * 10 / *now.total;
        if (tenth == said_) return;
        said_ = tenth;
        std::cout << what_ << ' ' << tenth * 10 << " %\n";
    }

private:
    std::string what_;
    std::uint64_t said_ = 0;
};

asio::awaitable<void> run(std::string address, std::string file) {
    auto client = co_await tug::client::connect(std::move(address));

    auto sending = tug::put_options().make_parents().digest(tug::digest_kind::sha256).on_progress(tenths("put"));
    const auto put = co_await client.put(file, "examples/copy", std::move(sending));
    std::cout << "stored " << put.size << " bytes, " << put.digest << '\n';

    auto fetching = tug::get_options().digest(tug::digest_kind::sha256).on_progress(tenths("get"));
    const auto got = co_await client.get("examples/copy", file + ".back", std::move(fetching));
    std::cout << "fetched " << got.bytes << " bytes, " << got.digest << '\n';
    if (got.digest != put.digest) throw std::runtime_error("another process wrote to examples/copy meanwhile");

    // Small things need no file.
    co_await client.put_bytes("remember the milk\n", "examples/note");
    const auto start = co_await client.get_bytes("examples/note", tug::get_options().length(8));
    std::cout << start << '\n';
    co_await client.close();
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    if (argc != 3) {
        std::cerr << "usage: put_get HOST:PORT FILE\n";
        return 2;
    }
    std::exception_ptr failed;
    asio::io_context io(1);
    asio::co_spawn(io, run(argv[1], argv[2]), [&](std::exception_ptr e) { failed = e; });
    io.run();
    try {
        if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& e) {
        std::cerr << "put_get: " << e.what() << '\n';
        return 1;
    }
}
