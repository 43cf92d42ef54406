module solver
  use constants
  implicit none
contains
  subroutine step(heat)
    real, intent(inout) :: heat(cells)
    heat(2:cells-1) = heat(2:cells-1) + rate * (heat(1:cells-2) - 2 * heat(2:cells-1) + heat(3:cells))
  end subroutine step
end module solver
