"""The SDK of tug as a Conan 2 package, from the checkout that this file stands in: conan create deploy/conan"""

import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class TugConan(ConanFile):
    name = "tug"
    version = "0.1.0"
    license = "BSL-1.0"
    description = "Run commands on, and move files in and out of, containers and hosts; every call can be awaited"
    topics = ("asio", "coroutines", "remote-execution", "file-transfer")
    package_type = "static-library"
    settings = "os", "compiler", "build_type", "arch"
    languages = "C++"

    def requirements(self):
        self.requires("boost/[>=1.81.0]", transitive_headers=True, transitive_libs=True)
        self.requires("openssl/[>=3.0 <4]", transitive_libs=True)
        self.requires("xxhash/[>=0.8.1 <0.9]", transitive_libs=True)
        self.requires("zstd/[>=1.5.0 <1.6]", transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            from conan.errors import ConanInvalidConfiguration
            raise ConanInvalidConfiguration("tug is for Linux")

    def export_sources(self):
        top = os.path.join(self.recipe_folder, "..", "..")
        for folder in ("cmake", "proto", "client-sdk"):
            copy(self, f"{folder}/*", top, self.export_sources_folder)
        for name in ("CMakeLists.txt", "LICENSE"):
            copy(self, name, top, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["TUG_SDK_ONLY"] = True
        toolchain.cache_variables["TUG_BUILD_TESTS"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # What tug itself installs knows its targets best.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "tug")]
