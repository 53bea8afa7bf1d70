import Curl
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A call's body: none, or short and read, or long and read while it is sent.
enum CallBody {
    case none
    case read([UInt8])
    /// With the task that reads it, whose end is to be waited for: the connection's next request stands behind it.
    case coming(HTTPUpload, Task<Void, Never>)

    /// Reads the body of a request, unless it is longer than `keptBytes`.
    init(of request: Request, keptBytes: Int) async throws {
        let length = request.headers[.contentLength].flatMap { Int($0) }
        guard length.map({ $0 > 0 }) ?? request.headers.contains(.transferEncoding) else {
            self = .none
            return
        }
        var kept = ByteBuffer()
        var iterator = request.body.makeAsyncIterator()
        if length ?? 0 <= keptBytes {
            while kept.readableBytes <= keptBytes {
                guard var piece = try await iterator.next() else {
                    self = .read(Array(kept.readableBytesView))
                    return
                }
                if kept.readableBytes == 0 { kept = piece } else { kept.writeBuffer(&piece) }
            }
        }
        let upload = HTTPUpload(length: length)
        // Nobody else uses the iterator from here on.
        nonisolated(unsafe) let rest = iterator
        let begun = kept
        self = .coming(
            upload,
            Task {
                var iterator = rest
                await upload.write(begun.readableBytesView)
                do {
                    while let piece = try await iterator.next() { await upload.write(piece.readableBytesView) }
                    upload.finish()
                } catch {
                    upload.fail()
                }
            })
    }

    var upload: HTTPUpload? {
        if case .coming(let upload, _) = self { upload } else { nil }
    }

    var bytes: [UInt8] {
        if case .read(let bytes) = self { bytes } else { [] }
    }

    /// Whether it can be sent a second time.
    var isRepeatable: Bool { upload == nil }

    /// Returns once the body has been read to its end, whoever wanted it.
    func finish() async {
        guard case .coming(let upload, let reading) = self else { return }
        upload.abandon()
        await reading.value
    }
}
