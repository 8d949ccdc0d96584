// Makes the program that it is preloaded into hold BENCH_BALLAST_MIB of touched memory, as one that has worked for long
// does: what starting a process costs must not depend on it. Its children are not burdened.

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <string>

namespace {

[[gnu::constructor]] void take_on_ballast() {
    const char* wanted = std::getenv("BENCH_BALLAST_MIB");
    if (wanted == nullptr) return;
    const auto size = static_cast<std::size_t>(std::strtoul(wanted, nullptr, 10)) * 1024 * 1024;
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("BENCH_BALLAST_MIB");
    auto* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    ::madvise(memory, size, MADV_NOHUGEPAGE); // as pages of a heap that grew little by little
    for (std::size_t i = 0; i < size; i += 4096) static_cast<volatile char*>(memory)[i] = 1;
}

} // namespace
