package search
import ("testing";"sync";"time";"fmt")
func TestTwoMillion(t *testing.T){
 st:=time.Now(); var wg sync.WaitGroup; size:=0
 for g:=range 2 { wg.Go(func(){ for i:=range 1000000 { k:=PersonKey("kk",Name{"Нұрмағамбетова","Ақбота","Серікқызы"}); if i==0&&g==0{size=len(k)} } }) }
 wg.Wait(); fmt.Println("2M keys on 2 goroutines", time.Since(st), size,"bytes")
}
