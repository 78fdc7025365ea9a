// The current-user endpoint over REST as it is usually put in front of a gRPC service in Go:
// grpc-gateway with its defaults, a process of its own. PORT and UPSTREAM_PORT say where.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "getme/bench/peers/go/gen/getme/v1"
)

func main() {
	routes := runtime.NewServeMux()
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	upstream := "127.0.0.1:" + os.Getenv("UPSTREAM_PORT")
	err := pb.RegisterUserServiceHandlerFromEndpoint(context.Background(), routes, upstream, options)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), routes))
}
