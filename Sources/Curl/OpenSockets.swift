internal import CCurl
import Foundation

/// The sockets that libcurl holds, by the origin that they lead to, so that idle ones can be ended: libcurl itself keeps
/// them until it needs the room. For the loop's thread only.
final class OpenSockets {
    private var origins: [Int32: String] = [:]

    func opened(_ socket: Int32, to origin: String) {
        origins[socket] = origin
    }

    /// Closes the socket, as libcurl would have.
    func close(_ socket: Int32) -> Int32 {
        origins[socket] = nil
        return Foundation.close(socket)
    }

    /// Ends all connections to `origin`. libcurl notices before it would use one again, and closes it then.
    func shutDown(_ origin: String) {
        for (socket, _) in origins where origins[socket] == origin { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }

    static let noteOpened: curl_sockopt_callback = { context, socket, _ in
        guard let context else { return CURL_SOCKOPT_OK }
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().opened(socket)
        return CURL_SOCKOPT_OK
    }

    static let closeSocket: curl_closesocket_callback = { context, socket in
        guard let context else { return Foundation.close(socket) }
        return Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().close(socket)
    }
}

extension HTTPRequest {
    /// Scheme and authority of the URL.
    var origin: String {
        guard let scheme = url.range(of: "://") else { return url }
        return String(url[..<(url[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? url.endIndex)])
    }
}
