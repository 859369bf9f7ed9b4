# cmake --install DIR --prefix PREFIX, and the Debian package: cpack -G DEB.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(PEDIGREE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/pedigree)

install(TARGETS pedigree RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS pedigree_verify_shared EXPORT pedigreeTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS pedigree_verify EXPORT pedigreeStaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/pedigree/verify.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pedigree)

# find_package(pedigree CONFIG): pedigree::verify, and pedigree::verify_static where libsodium is there to be linked.
install(EXPORT pedigreeTargets NAMESPACE pedigree:: DESTINATION ${PEDIGREE_CMAKE_DIR})
install(EXPORT pedigreeStaticTargets NAMESPACE pedigree:: DESTINATION ${PEDIGREE_CMAKE_DIR})
configure_package_config_file(cmake/pedigreeConfig.cmake.in ${CMAKE_BINARY_DIR}/pedigreeConfig.cmake
                              INSTALL_DESTINATION ${PEDIGREE_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/pedigreeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/pedigreeConfig.cmake ${CMAKE_BINARY_DIR}/pedigreeConfigVersion.cmake
        DESTINATION ${PEDIGREE_CMAKE_DIR})

# From where the file lies to the prefix, so that the tree may be moved.
file(RELATIVE_PATH PEDIGREE_PC_PREFIX /x/${CMAKE_INSTALL_LIBDIR}/pkgconfig /x)
string(REGEX REPLACE "/$" "" PEDIGREE_PC_PREFIX ${PEDIGREE_PC_PREFIX})
configure_file(cmake/pedigree-verify.pc.in ${CMAKE_BINARY_DIR}/pedigree-verify.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/pedigree-verify.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES docs/man/pedigree.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES README.md LICENSE SECURITY.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN man EXCLUDE)
install(FILES examples/verify.c DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pedigree)
set(CPACK_PACKAGE_VENDOR Pedigree)
# Who answers for a package that is handed out: -DPEDIGREE_MAINTAINER='Name <address>'. There is no address of the project yet.
set(PEDIGREE_MAINTAINER "Pedigree maintainers <maintainers@pedigree.invalid>" CACHE STRING "maintainer of the Debian package")
set(CPACK_PACKAGE_CONTACT ${PEDIGREE_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "zero-knowledge proofs of the training of neural networks")
set(CPACK_PACKAGE_DESCRIPTION
    "Pedigree trains neural networks in exact integers and proves the training in\n\
zero knowledge: one file shows that published weights are the result of the\n\
stated training on committed records, and shows nothing else about them.\n\
The package has the program, the verifier as a C library, and the documents.")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package.cmake)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY "=")
# For pedigree::verify_static and `pkg-config --static`.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread | libopenblas0")  # loaded by name: no tool sees it
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsodium-dev, pkg-config")
include(CPack)
