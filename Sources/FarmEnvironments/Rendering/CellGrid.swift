import Gymnasium

/// Equal cells in a box, column by column: one for each of so many things, or, where they are too many, for several.
struct CellGrid: Sendable, Hashable {
    private let box: PixelBox
    /// Pixels from one cell to the next.
    let pitch: Int
    private let rows: Int
    /// Things that a cell stands for.
    let thingsPerCell: Int

    private static let largestPitch = 20
    private static let smallestPitch = 4

    /// - Parameter count: things there is to be room for.
    init(box: PixelBox, count: Int) {
        self.box = box
        var pitch = max(min(CellGrid.largestPitch, box.height), 1)
        func room(_ pitch: Int) -> Int { max(box.width / pitch, 1) * max(box.height / pitch, 1) }
        while pitch > CellGrid.smallestPitch, room(pitch) < count { pitch -= 1 }
        self.pitch = pitch
        rows = max(box.height / pitch, 1)
        let places = room(pitch)
        thingsPerCell = max((max(count, 1) - 1) / places + 1, 1)
    }

    /// Fills the cells of some of the things.
    func draw(_ things: Range<Int>, _ colour: Colour, on raster: inout Raster) {
        guard !things.isEmpty else { return }
        for cell in things.lowerBound / thingsPerCell...(things.upperBound - 1) / thingsPerCell {
            raster.fill(area(of: cell), colour)
        }
    }

    /// A line around the last of the first `count` things.
    func mark(_ count: Int, _ colour: Colour, on raster: inout Raster) {
        guard count > 0 else { return }
        let cell = area(of: (count - 1) / thingsPerCell)
        raster.frame(PixelBox(cell.left - 1, cell.top - 1, width: cell.width + 2, height: cell.height + 2), colour)
    }

    private func area(of cell: Int) -> PixelBox {
        let gap = pitch > 6 ? 2 : 1
        return PixelBox(
            box.left + 1 + cell / rows * pitch, box.top + 1 + cell % rows * pitch, width: pitch - gap,
            height: pitch - gap)
    }
}
