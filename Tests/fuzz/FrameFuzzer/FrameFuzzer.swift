import Foundation

/// What libFuzzer calls with each frame.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let frame = bytes.map { Data(bytes: $0, count: count) } ?? Data()
    guard let fault = FrameCheck.fault(of: frame) else { return 0 }
    // The fuzzer keeps the frame of a run that stops here.
    preconditionFailure(fault)
}
