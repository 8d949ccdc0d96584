// Where malloc has no memory, small allocations get it from the reserve of their thread. A coroutine of Asio that
// cannot allocate the few bytes of a wait is destroyed without a word, whoever counts on it; so such allocations must
// not fail before everything that could be told has been refused. In tugd alone: a library has no business with
// operator new.

#include <tug/net/own_heap.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>

#ifndef TUG_SANITIZED // a sanitizer has its own

// NOLINTBEGIN(cppcoreguidelines-no-malloc, misc-new-delete-overloads,
// readability-inconsistent-declaration-parameter-name)

namespace {

void* allocate(std::size_t size) noexcept {
    void* found = std::malloc(size);
    return found ? found : tug::net::allocate_in_need(size);
}

} // namespace

void* operator new(std::size_t size) {
    if (void* found = allocate(size)) return found;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

/// Asio allocates by this, with the alignment that malloc gives anyhow.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    if (alignment <= alignof(std::max_align_t)) return allocate(size);
    void* found = nullptr;
    return ::posix_memalign(&found, alignment, size) == 0 ? found : nullptr;
}

// NOLINTEND(cppcoreguidelines-no-malloc, misc-new-delete-overloads,
// readability-inconsistent-declaration-parameter-name)

#endif
