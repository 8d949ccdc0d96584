// The "sticky packet" problem, shown over a real pair of sockets: a stream of bytes keeps no boundaries, so what was
// written in three calls is read in one, or in ten. Frames put the boundaries back. Exits with 1 if they do not.
//
//     sticky

#include <tug/os/standard_streams.hpp>
#include <tug/proto/frame.hpp>
#include <tug/proto/outbox.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <iostream>
#include <span>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace proto = tug::proto;
using step_type = proto::frame_decoder::step;
using socket_type = asio::local::stream_protocol::socket;

namespace {

const std::vector<std::string> messages{"first", "second", std::string(1000, 'x'), "last"};

/// Writes messages as they are and reads once: the reader cannot tell where one ends.
void without_frames(socket_type& writer, socket_type& reader) {
    for (const auto& m : {messages[0], messages[1], messages[3]}) asio::write(writer, asio::buffer(m));
    std::array<char, 100> buffer{};
    const auto n = reader.read_some(asio::buffer(buffer));
    std::cout << "without frames, 3 writes were read as one: \"" << std::string_view(buffer.data(), n) << "\"\n";
}

/// The messages as frames, one after the other: sizes first, then the envelope.
std::string framed() {
    proto::outbox out;
    for (const auto& m : messages) {
        out.begin_frame() += m;
        out.end_frame(65'536);
    }
    std::vector<std::span<const std::byte>> parts;
    out.gather(parts, 1000);
    std::string bytes;
    for (const auto part : parts) bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    return bytes;
}

/// Sends the frames in pieces of that size and gives what the decoder makes of each piece that is read.
std::vector<std::string> through_the_socket(socket_type& writer, socket_type& reader, std::size_t piece) {
    const auto bytes = framed();
    std::vector<std::string> out;
    proto::frame_decoder decoder;
    decoder.set_limits(65'536, 0);
    std::vector<std::byte> buffer(piece);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto part = asio::buffer(bytes) + at;
        const auto n = asio::write(writer, asio::buffer(part, piece));
        asio::read(reader, asio::buffer(buffer, n));
        decoder.feed(std::span(buffer).first(n));
        for (auto step = decoder.next(); step != step_type::need_more; step = decoder.next())
            if (step == step_type::envelope) out.emplace_back(decoder.envelope());
    }
    return out;
}

} // namespace

int main() {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    asio::io_context io;
    socket_type writer(io);
    socket_type reader(io);
    asio::local::connect_pair(writer, reader);
    without_frames(writer, reader);
    const auto whole = framed().size();
    for (std::size_t piece = 1; piece <= whole; ++piece) {
        if (through_the_socket(writer, reader, piece) == messages) continue;
        std::cout << "in pieces of " << piece << " bytes the messages were not those that were sent\n";
        return 1;
    }
    std::cout << "with frames, " << messages.size() << " messages came back whole in pieces of 1 to " << whole
              << " bytes\n";
}
