program main
  use solver
  use constants
  implicit none
  real :: heat(cells) = 0
  integer :: time
  heat(1) = 100
  do time = 1, 3
    call step(heat)
  end do
  print '(5f8.3)', heat
end program main
